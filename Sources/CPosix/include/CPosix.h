#pragma once
// The few things that Swift cannot do itself: call fork, read macros, run in a signal handler.
#include "calls.h"
#include "slot.h"
#include "trap.h"
