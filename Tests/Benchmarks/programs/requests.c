// Sends the requests of a file, each as it is there, over connections that are kept, and tells how
// long their answers took.
//
//   requests once|again PORT CONNECTIONS FILE STATUS [STATUS]...
//       the requests in the file end with a NUL; their answers have one of these statuses. `again`
//       repeats a request that is answered with 503
//
// A line of JSON at the end: how many were answered, seconds from the first to the last, latencies
// in microseconds, bytes of a body in the mean, and how many had another status. The first of those
// is shown.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { LARGEST_ANSWER = 8 << 20, LIMIT_S = 60 };

typedef struct {
  int descriptor;
  const char *request;  // what it waits for the answer of
  double sent;
  char *answer;
  size_t size;          // of what has come of the answer
  size_t header;        // of its header, once that is whole
  size_t body;          // of its body, as the header says
} Connection;

static char *file, *file_end, *next_request;
static char **statuses;
static size_t status_count, connection_count;
static double *latencies;
static size_t answered, wrong, body_bytes;
static bool repeats;

static void die(const char *format, ...) {
  va_list words;
  va_start(words, format);
  fprintf(stderr, "requests: ");
  vfprintf(stderr, format, words);
  fprintf(stderr, "\n");
  exit(1);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

// Returns how many there are.
static size_t read_requests(const char *path) {
  int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  struct stat stat;
  if (descriptor < 0 || fstat(descriptor, &stat)) die("%s: %s", path, strerror(errno));
  file = next_request = malloc((size_t)stat.st_size + 1);
  if (!file) die("no memory");
  size_t size = 0, count = 0;
  for (ssize_t part; (part = read(descriptor, file + size, (size_t)stat.st_size - size)) > 0;) size += (size_t)part;
  close(descriptor);
  file_end = file + size;
  if (!size || file_end[-1]) die("%s does not end with a NUL", path);
  for (const char *at = file; at < file_end; at += strlen(at) + 1) count++;
  return count;
}

static int connected(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
  inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  if (descriptor < 0 || connect(descriptor, (struct sockaddr *)&address, sizeof address))
    die("connect: %s", strerror(errno));
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return descriptor;
}

// Requests are small enough for the buffer of a socket that has nothing else to send.
static void ask(Connection *connection) {
  size_t size = strlen(connection->request);
  connection->size = connection->header = 0;
  connection->sent = now();
  if (send(connection->descriptor, connection->request, size, MSG_NOSIGNAL) != (ssize_t)size)
    die("send: %s", strerror(errno));
}

static void ask_next(Connection *connection) {
  connection->request = next_request == file_end ? NULL : next_request;
  if (!connection->request) return;
  next_request += strlen(next_request) + 1;
  ask(connection);
}

static void read_header(Connection *connection) {
  char *end = memmem(connection->answer, connection->size, "\r\n\r\n", 4);
  if (!end) return;
  *end = 0;
  char *length = strcasestr(connection->answer, "\r\nContent-Length:");
  if (!length && !strstr(connection->answer, " 204 ")) die("an answer without its length: %s", connection->answer);
  connection->header = (size_t)(end - connection->answer) + 4;
  connection->body = length ? strtoul(length + 17, NULL, 10) : 0;
  if (connection->header + connection->body > LARGEST_ANSWER) die("an answer of %zu bytes", connection->body);
}

static bool is_expected(const char *status) {
  for (size_t i = 0; i < status_count; i++)
    if (!strncmp(status, statuses[i], 3)) return true;
  return false;
}

// Reads what has come. When the answer is whole, the next request is sent.
static void hear(Connection *connection) {
  ssize_t part = recv(connection->descriptor, connection->answer + connection->size,
                      LARGEST_ANSWER - connection->size, MSG_DONTWAIT);
  if (part < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (part <= 0) die("a connection was hung up");
  connection->size += (size_t)part;
  if (!connection->header) read_header(connection);
  if (!connection->header || connection->size < connection->header + connection->body) return;
  if (repeats && !strncmp(connection->answer + 9, "503", 3)) {
    usleep(100000);
    ask(connection);
    return;
  }
  latencies[answered++] = now() - connection->sent;
  body_bytes += connection->body;
  if (!is_expected(connection->answer + 9) && !wrong++)
    fprintf(stderr, "requests: %.*s\nwas answered with\n%s\n\n%.*s\n", 600, connection->request, connection->answer,
            (int)(connection->body < 600 ? connection->body : 600), connection->answer + connection->header);
  ask_next(connection);
}

static int ascending(const void *left, const void *right) {
  double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

static double percentile(double share) {
  size_t index = (size_t)(share * (double)answered);
  return latencies[index < answered ? index : answered - 1];
}

int main(int count, char **words) {
  if (count < 6) die("see the head of requests.c");
  repeats = !strcmp(words[1], "again");
  int port = atoi(words[2]), epoll = epoll_create1(EPOLL_CLOEXEC);
  connection_count = (size_t)atoi(words[3]);
  size_t wanted = read_requests(words[4]);
  statuses = words + 5;
  status_count = (size_t)count - 5;
  latencies = calloc(wanted, sizeof *latencies);
  Connection *connections = calloc(connection_count, sizeof *connections);
  if (!latencies || !connections) die("no memory");
  for (size_t i = 0; i < connection_count; i++) {
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = i};
    connections[i].descriptor = connected(port);
    connections[i].answer = malloc(LARGEST_ANSWER);
    if (!connections[i].answer) die("no memory");
    epoll_ctl(epoll, EPOLL_CTL_ADD, connections[i].descriptor, &event);
  }
  double began = now();
  for (size_t i = 0; i < connection_count; i++) ask_next(&connections[i]);
  while (answered < wanted) {
    struct epoll_event events[64];
    int ready = epoll_wait(epoll, events, 64, LIMIT_S * 1000);
    if (!ready) die("no answer within %d s", LIMIT_S);
    for (int i = 0; i < ready; i++) {
      Connection *connection = &connections[events[i].data.u64];
      if (!connection->request) die("something came that nobody asked for");
      hear(connection);
    }
  }
  double seconds = (now() - began) / 1e6;
  qsort(latencies, answered, sizeof *latencies, ascending);
  printf("{\"requests\":%zu,\"seconds\":%.6f,\"p50_us\":%.0f,\"p99_us\":%.0f,\"max_us\":%.0f,\"bytes\":%.0f,\"errors\":%zu}\n",
         answered, seconds, percentile(0.5), percentile(0.99), percentile(1), (double)body_bytes / (double)answered, wrong);
  return 0;
}
