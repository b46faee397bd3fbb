#pragma once
#include <stdint.h>

/// Counts the instructions that `body` takes: run once before, so that what it needs is there, then step by step, in a copy of
/// this process (ptrace(2), PTRACE_SINGLESTEP). Some besides, the same each time. -1 where processes may not be traced, -2 where
/// there are more than `limit` of them.
int64_t chimney_count_steps(void (*body)(void *), void *argument, int64_t limit);
