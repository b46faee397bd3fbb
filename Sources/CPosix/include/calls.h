#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// fork(2), which Swift marks unavailable. Only for a process with one thread.
pid_t chimney_fork(void);

/// Asks the kernel to send `signal` when the parent dies (prctl(2), PR_SET_PDEATHSIG).
int chimney_die_with_parent(int signal);

/// Says whether the kernel may write what the process has in memory to a dump when it dies, and others of its user look at it
/// (prctl(2), PR_SET_DUMPABLE). As it is with a forked process, and allowed after execve(2). Safe in a signal handler.
void chimney_set_dumpable(bool on);

/// Names the process (prctl(2), PR_SET_NAME): what ps(1) and /proc/<pid>/comm call it; cut to 15 bytes.
void chimney_set_process_name(const char *name);

/// memfd_create(2): a file in memory, kept over exec.
int chimney_memory_file(const char *name);

/// fallocate(2) with FALLOC_FL_KEEP_SIZE: reserves room on the disk; what is appended goes where it would have gone.
int chimney_reserve(int descriptor, off_t size);

/// Sets or clears FD_CLOEXEC (fcntl(2)).
int chimney_set_close_on_exec(int descriptor, bool on);

/// eventfd(2), not blocking, not kept over exec.
int chimney_event_descriptor(void);

/// epoll_create1(2), not kept over exec.
int chimney_epoll_create(void);

/// Waits until a descriptor of the set is ready or `milliseconds` have passed (-1: for ever).
int chimney_epoll_wait(int epoll, int milliseconds);

/// Gives memory back to the kernel that was allocated and is free (malloc_trim(3)): what the C library keeps for the next time
/// lies between what is in use, and a process that seldom needs as much has it for nothing.
void chimney_release_free_memory(void);

/// A descriptor of an epoll set that is ready. One whose peer has hung up is readable: reading tells.
struct chimney_ready {
    int descriptor;
    bool readable;
    bool writable;
};

/// Waits like `chimney_epoll_wait`, and tells which descriptors are ready, at most 64 of them. -1 if it was
/// interrupted.
int chimney_epoll_wait_several(int epoll, struct chimney_ready *ready, int capacity, int milliseconds);

/// Whether a descriptor of the set, which is waited on for reading, is waited on for writing as well (EPOLL_CTL_MOD).
int chimney_epoll_change(int epoll, int descriptor, bool writable);

/// Takes a descriptor out of an epoll set.
int chimney_epoll_remove(int epoll, int descriptor);

/// accept4(2); the connection is not kept over exec.
int chimney_accept(int descriptor);

/// accept4(2); the connection does not block, and is not kept over exec.
int chimney_accept_nonblocking(int descriptor);

/// Adds a descriptor to an epoll set for reading. With `exclusive` (EPOLLEXCLUSIVE) one event wakes one of the
/// processes that wait, not all.
int chimney_epoll_add(int epoll, int descriptor, bool exclusive);

/// The process that listens at the other end of a unix socket (SO_PEERCRED of unix(7)); 0 if there is none.
pid_t chimney_peer_process(int descriptor);

/// pipe2(2): the read end and the write end, neither of them kept over exec.
int chimney_pipe(int ends[2]);

/// pidfd_open(2), which glibc has since 2.36 only: stands for the process, not for whoever gets its id later. Readable
/// when it has ended; not kept over exec.
int chimney_process_descriptor(pid_t process);

/// pidfd_send_signal(2).
int chimney_signal_process(int descriptor, int signal);

/// The signal that ended a process, 0 if it exited (WTERMSIG of wait(2)).
int chimney_wait_signal(int status);

/// The status a process exited with, -1 if a signal ended it (WEXITSTATUS of wait(2)).
int chimney_wait_exit(int status);

/// The name of a signal without its prefix, such as "SEGV"; never null.
const char *chimney_signal_name(int signal);

/// Where an address belongs (dladdr(3)); null and 0 for what is not known.
struct chimney_location {
    const char *symbol;
    const char *file;
    uintptr_t base;
};
struct chimney_location chimney_locate(uintptr_t address);

/// The load address of the program itself.
uintptr_t chimney_program_base(void);
