// Many HTTP clients of one server at once, and how long what they wait for takes.
//
//   clients pace PORT PATH RATE SECONDS
//       so many GET requests a second over eight kept connections, each sent when it is due;
//       latency from when it was due to its whole answer
//   clients lines PORT PATH COUNT WRITE_PATH LINES PER_SECOND
//       so many streams of PATH; then requests of WRITE_PATH, each of which is told of in a
//       line with its X-Request-ID; latency from the request to that line at each client
//   clients held PORT PATH COUNT FINISH_PATH
//       so many requests of PATH that are not answered before a POST of FINISH_PATH;
//       latency from that to each answer
//   clients calls PORT FILE COUNT
//       the first so many requests of the file, whose requests end with a NUL, each by a client
//       of its own; when each was answered, in microseconds since 1970, and with what status
//
// A line of JSON at the end, times in microseconds. `lines`, `held` and `calls` say "open" on a
// line of their own when all clients are there, and then wait for a line of standard input;
// `lines` says "closed" when it has closed them all again.

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
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { LONGEST_LINE = 2048, LIMIT_S = 120 };

typedef struct {
  int descriptor;
  bool begun;         // the header of its answer has come
  char line[LONGEST_LINE];  // what has come of the line that is not whole yet
  size_t line_size;
  uint32_t next;      // the number of the line that has to come next
} Client;

static int port, epoll;
static Client *clients;
static size_t client_count;
static double *latencies;
static size_t latency_count, latency_room;

static void die(const char *format, ...) {
  va_list words;
  va_start(words, format);
  fprintf(stderr, "clients: ");
  vfprintf(stderr, format, words);
  fprintf(stderr, "\n");
  exit(1);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e6 + time.tv_nsec / 1e3;
}

static void note(double latency) {
  if (latency_count == latency_room) {
    latency_room = latency_room ? latency_room * 2 : 4096;
    latencies = realloc(latencies, latency_room * sizeof *latencies);
    if (!latencies) die("no memory");
  }
  latencies[latency_count++] = latency;
}

static int ascending(const void *left, const void *right) {
  double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

static double percentile(double share) {
  if (!latency_count) return 0;
  size_t index = (size_t)(share * (double)latency_count);
  return latencies[index < latency_count ? index : latency_count - 1];
}

static void report(const char *format, ...) {
  va_list words;
  qsort(latencies, latency_count, sizeof *latencies, ascending);
  printf("{\"count\":%zu,\"p50_us\":%.0f,\"p99_us\":%.0f,\"max_us\":%.0f", latency_count, percentile(0.5),
         percentile(0.99), percentile(1));
  va_start(words, format);
  vprintf(format, words);
  printf("}\n");
}

static int connected(void) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
  inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  if (descriptor < 0 || connect(descriptor, (struct sockaddr *)&address, sizeof address))
    die("connect: %s", strerror(errno));
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return descriptor;
}

static void ask(int descriptor, const char *method, const char *path, const char *id) {
  char text[1024];
  int size = snprintf(text, sizeof text, "%s %s HTTP/1.1\r\nHost: localhost\r\n%s%s%s%s\r\n", method, path,
                      id ? "X-Request-ID: " : "", id ? id : "", id ? "\r\n" : "",
                      strcmp(method, "POST") ? "" : "Content-Length: 0\r\n");
  if (send(descriptor, text, (size_t)size, MSG_NOSIGNAL) != size) die("send: %s", strerror(errno));
}

// Reads one answer with a Content-Length on a blocking connection. Returns its status.
static int answer(int descriptor) {
  char text[65536];
  size_t size = 0;
  for (;;) {
    ssize_t count = recv(descriptor, text + size, sizeof text - 1 - size, 0);
    if (count <= 0) die("an answer was cut off");
    size += (size_t)count;
    text[size] = 0;
    char *end = strstr(text, "\r\n\r\n");
    if (!end) continue;
    char *length = strcasestr(text, "\r\nContent-Length:");
    if (!length || length > end) die("an answer without its length");
    if (size >= (size_t)(end + 4 - text) + strtoul(length + 17, NULL, 10)) return atoi(text + 9);
  }
}

// ── many at once ─────────────────────────────────────────────────────────────

static void make_room(void) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  clients = calloc(client_count, sizeof *clients);
  if (!clients) die("no memory");
  epoll = epoll_create1(EPOLL_CLOEXEC);
}

// Has what comes for a client that has sent its request read by `turn`.
static void watch(size_t index) {
  struct epoll_event event = {.events = EPOLLIN, .data.u64 = index};
  fcntl(clients[index].descriptor, F_SETFL, O_NONBLOCK);
  epoll_ctl(epoll, EPOLL_CTL_ADD, clients[index].descriptor, &event);
}

static void open_clients(const char *path) {
  make_room();
  for (size_t i = 0; i < client_count; i++) {
    clients[i].descriptor = connected();
    ask(clients[i].descriptor, "GET", path, NULL);
    watch(i);
  }
}

// Reads what is there and hands it over, up to `milliseconds`. Returns how many clients had something.
static int turn(int milliseconds, void (*take)(Client *, const char *, size_t, double)) {
  static char bytes[1 << 18];
  struct epoll_event events[256];
  int count = epoll_wait(epoll, events, 256, milliseconds);
  for (int i = 0; i < count; i++) {
    Client *client = &clients[events[i].data.u64];
    ssize_t size = recv(client->descriptor, bytes, sizeof bytes, 0);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (size <= 0) die("client %zu was hung up on", (size_t)events[i].data.u64);
    take(client, bytes, (size_t)size, now());
    client->begun = true;
  }
  return count;
}

static void wait_for_word(void) {
  char line[16];
  printf("open\n");
  fflush(stdout);
  if (!fgets(line, sizeof line, stdin)) exit(0);
}

// ── pace ─────────────────────────────────────────────────────────────────────

static void pace(const char *path, double rate, double seconds) {
  enum { CONNECTIONS = 8 };
  int descriptors[CONNECTIONS];
  double due[CONNECTIONS] = {0}, begin = now(), end = begin + seconds * 1e6;
  size_t sent = 0, failed = 0;
  epoll = epoll_create1(EPOLL_CLOEXEC);
  for (int i = 0; i < CONNECTIONS; i++) {
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)i};
    descriptors[i] = connected();
    epoll_ctl(epoll, EPOLL_CTL_ADD, descriptors[i], &event);
  }
  for (;;) {
    double next = begin + (double)sent / rate * 1e6, time = now();
    int busy = 0, idle = -1;
    for (int i = 0; i < CONNECTIONS; i++) {
      // In turns, because a connection that says nothing is closed.
      int turn = (int)((sent + (size_t)i) % CONNECTIONS);
      if (due[turn] > 0) busy++;
      else if (idle < 0) idle = turn;
    }
    if (time >= end && !busy) break;
    if (time >= next && time < end && idle >= 0) {
      due[idle] = next;
      ask(descriptors[idle], "GET", path, NULL);
      sent++;
      continue;
    }
    struct epoll_event event;
    int wait = time < end && idle >= 0 ? (int)((next - time) / 1000) : 1000;
    if (epoll_wait(epoll, &event, 1, wait) == 1) {
      int i = (int)event.data.u32;
      if (answer(descriptors[i]) != 200) failed++;
      note(now() - due[i]);
      due[i] = 0;
    }
  }
  report(",\"failed\":%zu,\"rate\":%.1f", failed, (double)sent / seconds);
}

// ── lines ────────────────────────────────────────────────────────────────────

static double *written;
static size_t repeated, astray;
static uint64_t complete;

static void skip(Client *client, const char *bytes, size_t size, double time) {
  (void)client, (void)bytes, (void)size, (void)time;
}

// Looks at a whole line: is it that of one of our own requests, line-0, line-1, …?
static void look_at(Client *client, const char *line, size_t size, double time) {
  static const char kind[] = "\"msg\":\"request\",", id[] = "\"request_id\":\"line-";
  const char *found = memmem(line, size, id, sizeof id - 1);
  if (!found || !memmem(line, size, kind, sizeof kind - 1)) return;
  uint32_t number = 0;
  for (found += sizeof id - 1; found < line + size && *found >= '0' && *found <= '9'; found++)
    number = number * 10 + (uint32_t)(*found - '0');
  if (number == client->next) {
    note(time - written[number]);
    client->next++;
    complete++;
  } else if (number < client->next) {
    repeated++;
  } else {
    astray++;
  }
}

static void look(Client *client, const char *bytes, size_t size, double time) {
  const char *end = bytes + size;
  while (bytes < end) {
    const char *newline = memchr(bytes, '\n', (size_t)(end - bytes));
    size_t part = (size_t)((newline ? newline : end) - bytes);
    size_t room = LONGEST_LINE - client->line_size;
    memcpy(client->line + client->line_size, bytes, part < room ? part : room);
    client->line_size += part < room ? part : room;
    if (!newline) return;
    look_at(client, client->line, client->line_size, time);
    client->line_size = 0;
    bytes = newline + 1;
  }
}

static void lines(const char *path, const char *write_path, uint32_t count, double per_second) {
  open_clients(path);
  double began = now();
  for (size_t open = 0; open < client_count;) {
    if (now() - began > LIMIT_S * 1e6) die("only %zu of %zu streams came to be", open, client_count);
    turn(100, skip);
    for (open = 0; open < client_count && clients[open].begun; open++) continue;
  }
  while (turn(1000, skip) > 0) continue;
  wait_for_word();
  written = calloc(count, sizeof *written);
  int writer = connected();
  double begin = now();
  for (uint32_t sent = 0; complete < (uint64_t)count * client_count;) {
    double next = begin + sent / per_second * 1e6, time = now();
    if (time - begin > (count / per_second + LIMIT_S) * 1e6) break;
    if (sent < count && time >= next) {
      char id[32];
      snprintf(id, sizeof id, "line-%u", sent);
      written[sent++] = now();
      ask(writer, "GET", write_path, id);
      answer(writer);
      continue;
    }
    turn(sent < count && next - time < 100e3 ? (int)((next - time) / 1000) : 100, look);
  }
  for (size_t i = 0; i < client_count; i++) close(clients[i].descriptor);
  printf("closed\n");
  fflush(stdout);
  report(",\"missing\":%llu,\"repeated\":%zu,\"astray\":%zu",
         (unsigned long long)((uint64_t)count * client_count - complete), repeated, astray);
}

// ── held ─────────────────────────────────────────────────────────────────────

static double finished;

static void arrive(Client *client, const char *bytes, size_t size, double time) {
  if (client->begun) return;
  if (size < 12 || memcmp(bytes, "HTTP/1.1 200", 12)) die("an answer that is none: %.*s", 40, bytes);
  note(time - finished);
}

static void held(const char *path, const char *finish_path) {
  open_clients(path);
  wait_for_word();
  int writer = connected();
  finished = now();
  ask(writer, "POST", finish_path, NULL);
  while (latency_count < client_count && now() - finished < LIMIT_S * 1e6) turn(100, arrive);
  report(",\"missing\":%zu", client_count - latency_count);
}

// ── calls ────────────────────────────────────────────────────────────────────

typedef struct {
  int status;
  double time;  // microseconds since 1970
} Answer;

static Answer *answers;
static size_t answered;

static void take_answer(Client *client, const char *bytes, size_t size, double time) {
  (void)time;
  if (client->begun) return;
  struct timespec clock;
  clock_gettime(CLOCK_REALTIME, &clock);
  if (size < 12 || memcmp(bytes, "HTTP/1.1 ", 9)) die("an answer that is none: %.*s", 40, bytes);
  Answer *answer = &answers[client - clients];
  answer->status = atoi(bytes + 9);
  answer->time = (double)clock.tv_sec * 1e6 + (double)clock.tv_nsec / 1e3;
  answered++;
}

static void calls(const char *path) {
  FILE *file = fopen(path, "r");
  char *request = NULL;
  size_t room = 0;
  if (!file) die("%s: %s", path, strerror(errno));
  make_room();
  answers = calloc(client_count, sizeof *answers);
  if (!answers) die("no memory");
  for (size_t i = 0; i < client_count; i++) {
    ssize_t size = getdelim(&request, &room, 0, file) - 1;
    if (size <= 0) die("%s has not so many requests", path);
    clients[i].descriptor = connected();
    if (send(clients[i].descriptor, request, (size_t)size, MSG_NOSIGNAL) != size) die("send: %s", strerror(errno));
    watch(i);
  }
  fclose(file);
  wait_for_word();
  double began = now();
  while (answered < client_count && now() - began < LIMIT_S * 1e6) turn(100, take_answer);
  printf("[");
  for (size_t i = 0; i < client_count; i++)
    printf("%s{\"status\":%d,\"at_us\":%.0f}", i ? "," : "", answers[i].status, answers[i].time);
  printf("]\n");
}

int main(int count, char **words) {
  if (count < 5) die("see the head of clients.c");
  port = atoi(words[2]);
  client_count = (size_t)atoi(words[4]);
  if (!strcmp(words[1], "pace") && count == 6) pace(words[3], atof(words[4]), atof(words[5]));
  else if (!strcmp(words[1], "lines") && count == 8) lines(words[3], words[5], (uint32_t)atoi(words[6]), atof(words[7]));
  else if (!strcmp(words[1], "held") && count == 6) held(words[3], words[5]);
  else if (!strcmp(words[1], "calls")) calls(words[3]);
  else die("see the head of clients.c");
  return 0;
}
