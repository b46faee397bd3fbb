// A FastCGI responder that prints a file: constant SOCKET WORKERS FILE
//
// The file holds a whole CGI answer, header and body. Workers are forked, each
// answers one request at a time, as in chimney.

#include <fcgiapp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char answer[1 << 20];
static pid_t workers[1024];
static int workerCount;

static void die(const char *what) {
  perror(what);
  exit(1);
}

static void stop(int signal) {
  for (int worker = 0; worker < workerCount; worker++) kill(workers[worker], signal);
}

static void serve(int listening, int size) {
  FCGX_Request request;
  FCGX_InitRequest(&request, listening, 0);
  while (FCGX_Accept_r(&request) >= 0) {
    FCGX_PutStr(answer, size, request.out);
    FCGX_Finish_r(&request);
  }
}

int main(int count, char **arguments) {
  if (count != 4) {
    fprintf(stderr, "usage: constant SOCKET WORKERS FILE\n");
    return 2;
  }
  FILE *file = fopen(arguments[3], "r");
  if (!file) die(arguments[3]);
  int size = (int)fread(answer, 1, sizeof answer, file);
  fclose(file);

  FCGX_Init();
  umask(0);
  int listening = FCGX_OpenSocket(arguments[1], 512);
  if (listening < 0) die(arguments[1]);

  int wanted = atoi(arguments[2]);
  if (wanted < 1 || wanted > 1024) return 2;
  pid_t parent = getpid();
  while (workerCount < wanted) {
    pid_t child = fork();
    if (child < 0) die("fork");
    if (child == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (getppid() == parent) serve(listening, size);
      _exit(0);
    }
    workers[workerCount++] = child;
  }
  signal(SIGTERM, stop);
  while (wait(NULL) > 0) continue;
  return 1;  // the workers end only with their parent
}
