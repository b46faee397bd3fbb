#pragma once
#include "slot.h"

/// Installs the handlers of a process that serves requests.
///
/// SIGILL, SIGTRAP, SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGQUIT, SIGSYS, SIGXCPU and SIGXFSZ: note the backtrace in the slot,
/// answer the request in flight with 500 if no header has gone out, and die of the signal, without a core dump. They run on a
/// stack of their own, so that a stack overflow is answered as well.
///
/// SIGTERM, SIGINT: with a verdict in the slot the same (408 if the request was still arriving); otherwise they make
/// `chimney_stop_requested` true and `wake` (an eventfd(2)) readable. Both are unblocked.
void chimney_install_handlers(struct chimney_slot *slot, int wake);

/// Whether the process was asked to stop.
bool chimney_stop_requested(void);

/// Whether SIGUSR1 has asked the process to look around since it was asked last; `wake` was made readable for it.
bool chimney_take_look(void);

/// What scripts of other origins may read of an answer's header: `Access-Control-Expose-Headers`.
const char *chimney_exposed_headers(void);
