#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A slot of the scoreboard: what a process of the pool is doing, in memory that all of the pool share, so that the
// supervisor, its siblings, a signal handler and its successor can read it whatever becomes of the process.
//
// The process that has the slot writes it, and the supervisor while nobody has it; only verdict and drains are the
// supervisor's at any time.

enum chimney_slot_state {
    CHIMNEY_SLOT_FREE = 0,
    CHIMNEY_SLOT_STARTING = 1,
    CHIMNEY_SLOT_IDLE = 2,
    CHIMNEY_SLOT_READING = 3,
    CHIMNEY_SLOT_HANDLING = 4,
    CHIMNEY_SLOT_WRITING = 5,
    CHIMNEY_SLOT_FLUSHING = 6,
    CHIMNEY_SLOT_STOPPING = 7,
};

/// Why the supervisor sends a process SIGTERM in the middle of a request.
enum chimney_slot_verdict {
    CHIMNEY_VERDICT_NONE = 0,
    CHIMNEY_VERDICT_ARRIVAL = 1,   // the request never finished arriving
    CHIMNEY_VERDICT_DURATION = 2,  // the answer took longer than --request-timeout
};

enum { CHIMNEY_SLOT_FRAMES = 64 };

struct chimney_slot {
    int32_t pid;  // first in every layout: a supervisor of another version finds its children by it
    uint32_t state;
    uint32_t generation;
    uint32_t role;
    uint64_t started_us;  // monotonic
    uint64_t served;
    uint64_t beat_us;     // monotonic: when a process that has a loop of its own went around it last, 0: none has
    uint32_t clients;     // those that a streamer has with an answer that goes on or is still to come
    uint32_t waits;       // not 0: a worker may wait longer than a request may take, or asks to; as `Slot.Waiting`

    // The request in flight.
    uint64_t since_us;    // monotonic
    uint64_t wall_ms;     // Unix time
    int32_t connection;   // -1: none
    uint16_t request_number;  // FastCGI's request id
    uint16_t verdict;
    uint32_t header_sent;
    uint32_t drains;      // the pool ends: what is pending on its own socket is served to the last
    uint64_t image;       // load address of the program, which gives `frames` their meaning
    uint64_t verdict_since_us;  // `since_us` of the request that the verdict is about
    uint32_t route;       // index in the route table
    char request_id[132];
    char trace_id[36];
    char span_id[20];
    char parent_span_id[20];
    char method[24];
    char path[260];

    // What the process left when it died; `dead_pid` is not 0 until its successor has reported it.
    int32_t dead_pid;
    int32_t dead_signal;
    int32_t dead_exit;
    uint32_t dead_state;
    uint32_t dead_role;
    uint32_t dead_verdict;
    uint32_t answered;    // the status that the signal handler has answered, 0: none
    uint32_t frame_count;
    uint64_t frames[CHIMNEY_SLOT_FRAMES];  // program counters
};

static inline uint32_t chimney_load32(const uint32_t *value) { return __atomic_load_n(value, __ATOMIC_ACQUIRE); }
static inline void chimney_store32(uint32_t *value, uint32_t new_value) {
    __atomic_store_n(value, new_value, __ATOMIC_RELEASE);
}
static inline uint64_t chimney_load64(const uint64_t *value) { return __atomic_load_n(value, __ATOMIC_ACQUIRE); }
static inline void chimney_store64(uint64_t *value, uint64_t new_value) {
    __atomic_store_n(value, new_value, __ATOMIC_RELEASE);
}
/// One order for all processes (unlike a release store, which a later load may overtake): who sets its own value and then
/// looks at the others' is seen by each that does the same, or sees it.
static inline void chimney_publish32(uint32_t *value, uint32_t new_value) {
    __atomic_exchange_n(value, new_value, __ATOMIC_SEQ_CST);
}
static inline uint32_t chimney_look32(const uint32_t *value) { return __atomic_load_n(value, __ATOMIC_SEQ_CST); }
static inline bool chimney_exchange_pid(int32_t *value, int32_t expected, int32_t new_value) {
    return __atomic_compare_exchange_n(value, &expected, new_value, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

/// Copies at most `capacity - 1` bytes and ends them with a zero.
void chimney_slot_set_text(char *field, size_t capacity, const void *bytes, size_t count);

static inline void chimney_slot_set_request_id(struct chimney_slot *slot, const void *bytes, size_t count) {
    chimney_slot_set_text(slot->request_id, sizeof slot->request_id, bytes, count);
}
static inline void chimney_slot_set_trace_id(struct chimney_slot *slot, const void *bytes, size_t count) {
    chimney_slot_set_text(slot->trace_id, sizeof slot->trace_id, bytes, count);
}
static inline void chimney_slot_set_span_id(struct chimney_slot *slot, const void *bytes, size_t count) {
    chimney_slot_set_text(slot->span_id, sizeof slot->span_id, bytes, count);
}
static inline void chimney_slot_set_parent_span_id(struct chimney_slot *slot, const void *bytes, size_t count) {
    chimney_slot_set_text(slot->parent_span_id, sizeof slot->parent_span_id, bytes, count);
}
static inline void chimney_slot_set_method(struct chimney_slot *slot, const void *bytes, size_t count) {
    chimney_slot_set_text(slot->method, sizeof slot->method, bytes, count);
}
static inline void chimney_slot_set_path(struct chimney_slot *slot, const void *bytes, size_t count) {
    chimney_slot_set_text(slot->path, sizeof slot->path, bytes, count);
}

/// The pointers of a slot's text fields, which Swift sees as tuples.
static inline char *chimney_slot_request_id(struct chimney_slot *slot) { return slot->request_id; }
static inline char *chimney_slot_trace_id(struct chimney_slot *slot) { return slot->trace_id; }
static inline char *chimney_slot_span_id(struct chimney_slot *slot) { return slot->span_id; }
static inline char *chimney_slot_parent_span_id(struct chimney_slot *slot) { return slot->parent_span_id; }
static inline char *chimney_slot_method(struct chimney_slot *slot) { return slot->method; }
static inline char *chimney_slot_path(struct chimney_slot *slot) { return slot->path; }
static inline uint64_t chimney_slot_frame(const struct chimney_slot *slot, uint32_t index) {
    return slot->frames[index];
}
