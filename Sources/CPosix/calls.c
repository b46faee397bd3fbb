#define _GNU_SOURCE
#include "calls.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <malloc.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

pid_t chimney_fork(void) { return fork(); }

int chimney_die_with_parent(int signal) { return prctl(PR_SET_PDEATHSIG, signal); }

void chimney_set_dumpable(bool on) { prctl(PR_SET_DUMPABLE, on ? 1 : 0); }

void chimney_set_process_name(const char *name) { prctl(PR_SET_NAME, name); }

int chimney_memory_file(const char *name) { return memfd_create(name, 0); }

int chimney_reserve(int descriptor, off_t size) { return fallocate(descriptor, FALLOC_FL_KEEP_SIZE, 0, size); }

int chimney_set_close_on_exec(int descriptor, bool on) {
    int flags = fcntl(descriptor, F_GETFD);
    if (flags < 0) return -1;
    return fcntl(descriptor, F_SETFD, on ? flags | FD_CLOEXEC : flags & ~FD_CLOEXEC);
}

int chimney_event_descriptor(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

int chimney_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

int chimney_epoll_wait(int epoll, int milliseconds) {
    struct epoll_event event;
    return epoll_wait(epoll, &event, 1, milliseconds);
}

void chimney_release_free_memory(void) { malloc_trim(0); }

int chimney_epoll_wait_several(int epoll, struct chimney_ready *ready, int capacity, int milliseconds) {
    struct epoll_event events[64];
    if (capacity > 64) capacity = 64;
    int count = epoll_wait(epoll, events, capacity, milliseconds);
    for (int i = 0; i < count; i++) {
        ready[i].descriptor = events[i].data.fd;
        ready[i].readable = (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0;
        ready[i].writable = (events[i].events & EPOLLOUT) != 0;
    }
    return count;
}

int chimney_epoll_change(int epoll, int descriptor, bool writable) {
    struct epoll_event event;
    memset(&event, 0, sizeof event);
    event.events = EPOLLIN | (writable ? EPOLLOUT : 0u);
    event.data.fd = descriptor;
    return epoll_ctl(epoll, EPOLL_CTL_MOD, descriptor, &event);
}

int chimney_epoll_remove(int epoll, int descriptor) { return epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, NULL); }

int chimney_accept_nonblocking(int descriptor) {
    return accept4(descriptor, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

int chimney_accept(int descriptor) { return accept4(descriptor, NULL, NULL, SOCK_CLOEXEC); }

int chimney_epoll_add(int epoll, int descriptor, bool exclusive) {
    struct epoll_event event;
    memset(&event, 0, sizeof event);
    event.events = EPOLLIN | (exclusive ? EPOLLEXCLUSIVE : 0u);
    event.data.fd = descriptor;
    return epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
}

int chimney_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

int chimney_process_descriptor(pid_t process) { return (int)syscall(SYS_pidfd_open, process, 0); }

int chimney_signal_process(int descriptor, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, descriptor, signal, NULL, 0);
}

int chimney_wait_signal(int status) { return WIFSIGNALED(status) ? WTERMSIG(status) : 0; }

int chimney_wait_exit(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : -1; }

const char *chimney_signal_name(int signal) {
    const char *name = sigabbrev_np(signal);
    return name ? name : "?";
}

struct chimney_location chimney_locate(uintptr_t address) {
    Dl_info info;
    struct chimney_location location = {NULL, NULL, 0};
    if (dladdr((const void *)address, &info) != 0) {
        location.symbol = info.dli_sname;
        location.file = info.dli_fname;
        location.base = (uintptr_t)info.dli_fbase;
    }
    return location;
}

uintptr_t chimney_program_base(void) { return chimney_locate((uintptr_t)&chimney_locate).base; }

pid_t chimney_peer_process(int descriptor) {
    struct ucred peer = {0};
    socklen_t size = sizeof peer;
    return getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 ? peer.pid : 0;
}
