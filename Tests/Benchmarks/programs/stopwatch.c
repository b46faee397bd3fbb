// How long CGI programs take: stopwatch RUNS -- COMMAND -- COMMAND …
//
// A command is [VARIABLE=value]… /path/of/program [argument]…; its environment
// is these variables and no others. The commands take turns. For each, a line
// of JSON: the microseconds from exec to the end of its output, and to its own
// end, of every run.

#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

typedef struct {
  char **environment;
  char **arguments;
  double *answered;
  double *ended;
  size_t bytes;
} Command;

static void die(const char *what) {
  perror(what);
  exit(1);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e6 + time.tv_nsec / 1e3;
}

// Splits the words up to the next "--" into environment and arguments.
static Command parse(char **words, int count, int runs) {
  Command command = {0};
  int variables = 0;
  while (variables < count && strchr(words[variables], '=')) variables++;
  if (variables == count) {
    fprintf(stderr, "stopwatch: a command without a program\n");
    exit(2);
  }
  command.environment = calloc(variables + 1, sizeof(char *));
  command.arguments = calloc(count - variables + 1, sizeof(char *));
  memcpy(command.environment, words, variables * sizeof(char *));
  memcpy(command.arguments, words + variables, (count - variables) * sizeof(char *));
  command.answered = calloc(runs, sizeof(double));
  command.ended = calloc(runs, sizeof(double));
  return command;
}

static void run(Command *command, int index) {
  int pipes[2];
  if (pipe2(pipes, O_CLOEXEC)) die("pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, pipes[1], 1);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);

  pid_t child;
  double start = now();
  if (posix_spawn(&child, command->arguments[0], &actions, NULL, command->arguments, command->environment))
    die(command->arguments[0]);
  close(pipes[1]);

  static char buffer[1 << 16];
  size_t bytes = 0;
  ssize_t got;
  while ((got = read(pipes[0], buffer, sizeof buffer)) > 0) bytes += got;
  command->answered[index] = now() - start;

  int status;
  waitpid(child, &status, 0);
  command->ended[index] = now() - start;
  close(pipes[0]);
  posix_spawn_file_actions_destroy(&actions);

  if (got < 0 || status != 0 || bytes == 0) {
    fprintf(stderr, "stopwatch: %s: status %d, %zu bytes\n", command->arguments[0], status, bytes);
    exit(1);
  }
  command->bytes = bytes;
}

static void print_list(const char *name, const double *values, int count) {
  printf("\"%s\":[", name);
  for (int index = 0; index < count; index++) printf("%s%.1f", index ? "," : "", values[index]);
  printf("],");
}

int main(int count, char **words) {
  int runs = count > 1 ? atoi(words[1]) : 0;
  if (runs < 1 || count < 4 || strcmp(words[2], "--")) {
    fprintf(stderr, "usage: stopwatch RUNS -- [VARIABLE=value]… program [argument]… -- …\n");
    return 2;
  }

  Command commands[16];
  int total = 0;
  for (int first = 3; first < count && total < 16; total++) {
    int length = 0;
    while (first + length < count && strcmp(words[first + length], "--")) length++;
    commands[total] = parse(words + first, length, runs);
    first += length + 1;
  }

  // Once without counting, so that every file is in memory.
  for (int which = 0; which < total; which++) run(&commands[which], 0);
  for (int index = 0; index < runs; index++)
    for (int which = 0; which < total; which++) run(&commands[which], index);

  for (int which = 0; which < total; which++) {
    printf("{");
    print_list("answered_us", commands[which].answered, runs);
    print_list("ended_us", commands[which].ended, runs);
    printf("\"bytes\":%zu}\n", commands[which].bytes);
  }
  return 0;
}
