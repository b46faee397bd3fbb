#define _GNU_SOURCE
#include "stepping.h"

#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

// Waits until the child stops for a signal. False once it has ended.
static bool await_stop(pid_t child, int *signal_number) {
    int status = 0;
    if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status)) return false;
    *signal_number = WSTOPSIG(status);
    return true;
}

// Seconds after which a child that waits for a lock for ever is ended: one that another thread held when it was forked.
static const unsigned first_limit = 60, counted_limit = 600;

static int64_t count_steps(void (*body)(void *), void *argument, int64_t limit) {
    pid_t child = fork();
    if (child < 0) return -1;
    if (child == 0) {
        // Locks of files and ends of connections are the parent's alone.
        close_range(0, ~0U, 0);
        alarm(first_limit);
        body(argument);
        alarm(counted_limit);
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0) _exit(1);
        raise(SIGSTOP);
        body(argument);
        raise(SIGSTOP);
        _exit(0);
    }
    int64_t count = -1;
    int signal_number = 0;
    if (await_stop(child, &signal_number)) {
        for (count = 0; count <= limit; count++) {
            if (ptrace(PTRACE_SINGLESTEP, child, NULL, NULL) != 0 || !await_stop(child, &signal_number)) {
                count = -1;
                break;
            }
            if (signal_number == SIGSTOP) break;
            if (signal_number != SIGTRAP) {
                count = -1;
                break;
            }
        }
        if (count > limit) count = -2;
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
    }
    return count;
}

int64_t chimney_count_steps(void (*body)(void *), void *argument, int64_t limit) {
    // Both take turns at each step, which is quickest where they share a processor.
    cpu_set_t before, one;
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    bool is_bound = sched_getaffinity(0, sizeof before, &before) == 0 && sched_setaffinity(0, sizeof one, &one) == 0;
    int64_t count = count_steps(body, argument, limit);
    if (count == -1) count = count_steps(body, argument, limit);
    if (is_bound) sched_setaffinity(0, sizeof before, &before);
    return count;
}
