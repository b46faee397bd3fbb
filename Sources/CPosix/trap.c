#define _GNU_SOURCE
#include "trap.h"

#include "calls.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

static struct chimney_slot *current_slot;
static int wake_descriptor = -1;
static volatile sig_atomic_t stop_requested;
static volatile sig_atomic_t dying;
static volatile sig_atomic_t look_requested;
static uintptr_t stack_low, stack_high;

const char *chimney_exposed_headers(void) {
    return "X-Request-ID, X-Trace-ID, X-Cache, X-Cache-Tier, X-Cache-Age, X-RateLimit-Remaining, X-RateLimit-Reset, "
           "ETag, Link, Location, Retry-After";
}

bool chimney_stop_requested(void) { return stop_requested != 0; }

static void wake(void) {
    if (wake_descriptor >= 0) {
        uint64_t one = 1;
        int saved = errno;
        (void)!write(wake_descriptor, &one, sizeof one);
        errno = saved;
    }
}

bool chimney_take_look(void) {
    if (!look_requested) return false;
    look_requested = 0;
    uint64_t count;
    (void)!read(wake_descriptor, &count, sizeof count);
    return true;
}

// Swift keeps frame pointers on Linux, so the way back is a linked list within the bounds of the stack.
static void note_frames(struct chimney_slot *slot, const ucontext_t *context) {
    uintptr_t counter = 0, frame = 0;
#if defined(__x86_64__)
    counter = (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
    frame = (uintptr_t)context->uc_mcontext.gregs[REG_RBP];
#elif defined(__aarch64__)
    counter = (uintptr_t)context->uc_mcontext.pc;
    frame = (uintptr_t)context->uc_mcontext.regs[29];
#endif
    uint32_t count = 0;
    if (counter) slot->frames[count++] = counter;
    while (count < CHIMNEY_SLOT_FRAMES && frame >= stack_low && frame + 16 <= stack_high && frame % 8 == 0) {
        const uintptr_t *pair = (const uintptr_t *)frame;
        if (!pair[1]) break;
        slot->frames[count++] = pair[1];
        if (pair[0] <= frame) break;
        frame = pair[0];
    }
    slot->frame_count = count;
}

struct text {
    char bytes[2048];
    size_t count;
};

static void append(struct text *text, const char *part) {
    size_t count = strlen(part);
    if (count > sizeof text->bytes - text->count) count = sizeof text->bytes - text->count;
    memcpy(text->bytes + text->count, part, count);
    text->count += count;
}

static void append_number(struct text *text, size_t number) {
    char digits[24];
    size_t at = sizeof digits - 1;
    digits[at] = 0;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    append(text, digits + at);
}

static void put_header(unsigned char *record, int type, uint16_t request, size_t count) {
    record[0] = 1;  // FCGI_VERSION_1
    record[1] = (unsigned char)type;
    record[2] = (unsigned char)(request >> 8);
    record[3] = (unsigned char)request;
    record[4] = (unsigned char)(count >> 8);
    record[5] = (unsigned char)count;
    record[6] = record[7] = 0;
}

static int64_t milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// Waits until the connection is ready for `events`. False when the time is over.
static bool await_until(int descriptor, short events, int64_t deadline) {
    for (;;) {
        int64_t left = deadline - milliseconds();
        if (left <= 0) return false;
        struct pollfd wait = {.fd = descriptor, .events = events};
        int count = poll(&wait, 1, (int)left);
        if (count > 0) return true;
        if (count == 0) return false;
    }
}

// Writes all of it, or gives up at the deadline: the peer may be gone or not reading.
static void write_all(int descriptor, const unsigned char *bytes, size_t count, int64_t deadline) {
    int flags = fcntl(descriptor, F_GETFL);
    if (flags >= 0) fcntl(descriptor, F_SETFL, flags | O_NONBLOCK);
    while (count > 0) {
        ssize_t written = write(descriptor, bytes, count);
        if (written > 0) {
            bytes += written;
            count -= (size_t)written;
        } else if (written < 0 && errno == EAGAIN) {
            if (!await_until(descriptor, POLLOUT, deadline)) return;
        } else if (written == 0 || errno != EINTR) {
            return;
        }
    }
}

// Takes what the front end is still sending, until it hangs up or the deadline: one that cannot send the end of its
// request never gets to read the answer.
static void drain(int descriptor, int64_t deadline) {
    unsigned char waste[4096];
    while (milliseconds() < deadline) {
        ssize_t count = read(descriptor, waste, sizeof waste);
        if (count > 0 || (count < 0 && errno == EINTR)) continue;
        if (count == 0 || errno != EAGAIN || !await_until(descriptor, POLLIN, deadline)) return;
    }
}

// A request that never arrived whole has no ids yet, but its answer has.
static void make_id(char *field) {
    unsigned char bytes[16];
    if (field[0] || getrandom(bytes, sizeof bytes, GRND_NONBLOCK) != (ssize_t)sizeof bytes) return;
    for (size_t i = 0; i < sizeof bytes; i++) {
        field[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
        field[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
    }
    field[2 * sizeof bytes] = 0;
}

// The answer as FastCGI records: one of FCGI_STDOUT, its end, FCGI_END_REQUEST. As a CGI program (request number 0)
// the bare text.
static void answer(struct chimney_slot *slot, bool late) {
    const char *status = late ? "408 Request Timeout" : "500 Internal Server Error";
    const char *code = late ? "408" : "500";
    struct text body = {.count = 0}, all = {.count = 0};
    int64_t deadline = milliseconds() + 1000;
    make_id(slot->request_id);
    make_id(slot->trace_id);

    append(&body, "{\"type\":\"about:blank\",\"title\":\"");
    append(&body, status + 4);
    append(&body, "\",\"status\":");
    append(&body, code);
    append(&body, late ? ",\"detail\":\"The request did not arrive in time; send it again.\",\"request_id\":\""
                       : ",\"detail\":\"The request met a defect of the server; report its request_id.\","
                         "\"request_id\":\"");
    append(&body, slot->request_id);
    append(&body, "\"}");

    append(&all, "Status: ");
    append(&all, status);
    append(&all, "\r\nContent-Type: application/problem+json\r\nContent-Length: ");
    append_number(&all, body.count);
    if (slot->request_id[0]) {
        append(&all, "\r\nX-Request-ID: ");
        append(&all, slot->request_id);
    }
    if (slot->trace_id[0]) {
        append(&all, "\r\nX-Trace-ID: ");
        append(&all, slot->trace_id);
    }
    append(&all, "\r\nAccess-Control-Allow-Origin: *\r\nAccess-Control-Expose-Headers: ");
    append(&all, chimney_exposed_headers());
    append(&all, "\r\nCache-Control: no-store\r\n\r\n");
    if (strcmp(slot->method, "HEAD") != 0 && all.count + body.count <= sizeof all.bytes) {
        memcpy(all.bytes + all.count, body.bytes, body.count);
        all.count += body.count;
    }

    if (slot->request_number == 0) {
        write_all(slot->connection, (const unsigned char *)all.bytes, all.count, deadline);
        return;
    }
    unsigned char records[sizeof all.bytes + 32];
    put_header(records, 6 /* FCGI_STDOUT */, slot->request_number, all.count);
    memcpy(records + 8, all.bytes, all.count);
    put_header(records + 8 + all.count, 6, slot->request_number, 0);
    put_header(records + 16 + all.count, 3 /* FCGI_END_REQUEST */, slot->request_number, 8);
    memset(records + 24 + all.count, 0, 8);
    write_all(slot->connection, records, all.count + 32, deadline);
    drain(slot->connection, deadline);
}

static void note_death(struct chimney_slot *slot, void *context) {
    uint32_t state = slot->state;
    bool arriving = state == CHIMNEY_SLOT_READING;
    bool open = slot->connection >= 0 && !slot->header_sent && (arriving || state == CHIMNEY_SLOT_HANDLING);
    if (open) {
        bool late = arriving && slot->verdict == CHIMNEY_VERDICT_ARRIVAL;
        answer(slot, late);
        slot->answered = late ? 408 : 500;
    }
    // The client first: a broken stack may lead the walk astray.
    note_frames(slot, context);
}

// Dies of the signal, as it would have without a handler, but without a dump: there are secrets in memory. Where the kernel
// hands dumps to a program, a limit of 0 for their size does not keep it from that (core(5)).
static void die(int signal_number) {
    chimney_set_dumpable(false);
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

static void on_trap(int signal_number, siginfo_t *info, void *context) {
    (void)info;
    if (!dying && current_slot) {
        dying = 1;
        note_death(current_slot, context);
    }
    // Returning would repeat the faulty instruction with the default action; abort() and kill() need it sent again.
    die(signal_number);
}

static void on_stop(int signal_number, siginfo_t *info, void *context) {
    (void)info;
    struct chimney_slot *slot = current_slot;
    if (slot && slot->verdict != CHIMNEY_VERDICT_NONE && !dying) {
        if (slot->verdict_since_us != slot->since_us || slot->connection < 0) {
            slot->verdict = CHIMNEY_VERDICT_NONE;  // that request has ended in the meantime
            return;
        }
        dying = 1;
        note_death(slot, context);
        die(signal_number);
        return;
    }
    stop_requested = 1;
    wake();
}

static void on_look(int signal_number) {
    (void)signal_number;
    look_requested = 1;
    wake();
}

void chimney_install_handlers(struct chimney_slot *slot, int wake) {
    current_slot = slot;
    wake_descriptor = wake;
    stop_requested = 0;
    look_requested = 0;
    dying = 0;
    slot->image = chimney_program_base();

    pthread_attr_t attributes;
    if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
        void *low = NULL;
        size_t size = 0;
        pthread_attr_getstack(&attributes, &low, &size);
        stack_low = (uintptr_t)low;
        stack_high = stack_low + size;
        pthread_attr_destroy(&attributes);
    }

    static unsigned char *alternate;
    enum { ALTERNATE_SIZE = 64 * 1024 };
    if (!alternate) {
        void *memory = mmap(NULL, ALTERNATE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory != MAP_FAILED) alternate = memory;
    }
    if (alternate) {
        stack_t stack = {.ss_sp = alternate, .ss_size = ALTERNATE_SIZE};
        sigaltstack(&stack, NULL);
    }

    struct sigaction trap;
    memset(&trap, 0, sizeof trap);
    trap.sa_sigaction = on_trap;
    trap.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    sigemptyset(&trap.sa_mask);
    // All that would leave a dump (signal(7)).
    static const int traps[] = {
        SIGILL, SIGTRAP, SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGQUIT, SIGSYS, SIGXCPU, SIGXFSZ,
    };
    for (size_t i = 0; i < sizeof traps / sizeof *traps; i++) sigaction(traps[i], &trap, NULL);

    struct sigaction stop;
    memset(&stop, 0, sizeof stop);
    stop.sa_sigaction = on_stop;
    // SA_RESTART: no call that is under way is the worse for it.
    stop.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
    sigemptyset(&stop.sa_mask);
    sigaction(SIGTERM, &stop, NULL);
    sigaction(SIGINT, &stop, NULL);

    struct sigaction look;
    memset(&look, 0, sizeof look);
    look.sa_handler = on_look;
    look.sa_flags = SA_ONSTACK | SA_RESTART;
    sigemptyset(&look.sa_mask);
    sigaction(SIGUSR1, &look, NULL);

    signal(SIGPIPE, SIG_IGN);
    signal(SIGHUP, SIG_IGN);

    // From here on it sees to it itself. The others of its pool tell how much memory it has, and a runner's successor which of
    // its files are open.
    chimney_set_dumpable(true);

    // Blocked since the fork: whoever asked the process to stop before it could hear is heard now.
    sigset_t waiting;
    sigemptyset(&waiting);
    sigaddset(&waiting, SIGTERM);
    sigaddset(&waiting, SIGINT);
    sigprocmask(SIG_UNBLOCK, &waiting, NULL);
}
