import CPosix
import Essentials
import Glibc

/// One process's place on the scoreboard: what it is doing, readable by all of the pool and by its successor.
public struct Slot: @unchecked Sendable {
    /// What a process is doing.
    public enum State: UInt32, Sendable, CaseIterable {
        /// Nobody has the slot.
        case free = 0
        /// Forked, not ready yet.
        case starting = 1
        /// Waiting for a connection.
        case idle = 2
        /// A request is arriving.
        case reading = 3
        /// A handler is at work.
        case handling = 4
        /// The answer is going out.
        case writing = 5
        /// Telemetry is going to the store.
        case flushing = 6
        /// It was asked to stop and finishes what it has.
        case stopping = 7

        /// Whether a request is in flight.
        public var isBusy: Bool { self == .reading || self == .handling || self == .writing }

        /// The state as the status page names it.
        public var name: String { "\(self)" }
    }

    /// Why the supervisor ends a request.
    enum Verdict: UInt16 {
        case none = 0
        case arrival = 1
        case duration = 2
    }

    /// Where the slot stands on the board.
    public let index: Int
    let pointer: UnsafeMutablePointer<chimney_slot>

    /// Bytes that the floors above keep what must outlive the process in. Zeroed once, when the board is made.
    public let backlog: UnsafeMutableRawBufferPointer

    init(index: Int, pointer: UnsafeMutablePointer<chimney_slot>, backlog: UnsafeMutableRawBufferPointer) {
        self.index = index
        self.pointer = pointer
        self.backlog = backlog
    }

    /// A slot in the memory of this process alone: for a process without a pool, such as a CGI program.
    public static func unshared() -> Slot {
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: Scoreboard.stride, alignment: 4096)
        memset(bytes.baseAddress!, 0, bytes.count)
        let slot = Scoreboard.slot(0, at: bytes.baseAddress!)
        slot.pointer.pointee.connection = -1
        return slot
    }

    /// The process that has the slot, 0 for none.
    public var pid: Int32 {
        get { pointer.pointee.pid }
        nonmutating set { pointer.pointee.pid = newValue }
    }

    /// What the process is doing.
    public var state: State {
        get { State(rawValue: chimney_load32(&pointer.pointee.state)) ?? .free }
        nonmutating set { chimney_store32(&pointer.pointee.state, newValue.rawValue) }
    }

    /// Whether a worker may wait for what takes longer than its request may.
    enum Waiting: UInt32 {
        case no, asking, yes
    }

    /// Whether the request in flight may take longer than the others.
    var waits: Waiting {
        get { Waiting(rawValue: chimney_look32(&pointer.pointee.waits)) ?? .no }
        nonmutating set { chimney_publish32(&pointer.pointee.waits, newValue.rawValue) }
    }

    /// The handler is done. What is left of the request has the limits of every other one, from now on where it has waited.
    func endWait() {
        guard waits != .no else { return }
        pointer.pointee.since_us = MonotonicClock.microseconds
        waits = .no
    }

    /// Whether a handler is at work that waits, or asks to (`asking`): one whose client may have its answer already does not,
    /// however long the process takes to end the request.
    func isHandling(waiting least: Waiting) -> Bool { state == .handling && waits.rawValue >= least.rawValue }

    /// The role of the process in its pool, as an index into the pool's roles.
    public var role: Int { Int(pointer.pointee.role) }

    /// How many requests the process has served.
    public var served: UInt64 {
        get { pointer.pointee.served }
        nonmutating set { pointer.pointee.served = newValue }
    }

    /// How many clients of a streamer wait for their answer or the rest of it.
    public var clients: Int { Int(pointer.pointee.clients) }

    /// When the process started, in microseconds of the monotonic clock.
    public var started: UInt64 { pointer.pointee.started_us }

    /// Says that the process is alive: for one with a loop of its own, at each turn of it, and at least every
    /// `beatPause`. From the first time on, the pool ends it where that stays out for three minutes.
    public func beat() { pointer.pointee.beat_us = MonotonicClock.microseconds }

    /// Milliseconds between two beats of a process that has nothing to do.
    public static let beatPause: Int32 = 1000

    /// When the request in flight began, in microseconds of the monotonic clock.
    public var requestBegan: UInt64 { pointer.pointee.since_us }

    /// When the request in flight began, by the clock.
    public var requestTime: Timestamp {
        get { Timestamp(milliseconds: Int64(pointer.pointee.wall_ms)) }
        nonmutating set { pointer.pointee.wall_ms = UInt64(max(0, newValue.milliseconds)) }
    }

    /// The route of the request in flight, as an index into the route table.
    public var route: UInt32 {
        get { pointer.pointee.route }
        nonmutating set { pointer.pointee.route = newValue }
    }

    /// The value of `route` where no request is in flight, or none of the table's.
    public static let noRoute = UInt32.max

    /// Notes which request is in flight, for the status page and for the answer of a crash.
    public func note(
        requestID: String, traceID: String, spanID: String, parentSpanID: String = "", method: String, path: String
    ) {
        Self.with(requestID) { chimney_slot_set_request_id(pointer, $0.baseAddress, $0.count) }
        Self.with(traceID) { chimney_slot_set_trace_id(pointer, $0.baseAddress, $0.count) }
        Self.with(spanID) { chimney_slot_set_span_id(pointer, $0.baseAddress, $0.count) }
        Self.with(parentSpanID) { chimney_slot_set_parent_span_id(pointer, $0.baseAddress, $0.count) }
        Self.with(method) { chimney_slot_set_method(pointer, $0.baseAddress, $0.count) }
        Self.with(path) { chimney_slot_set_path(pointer, $0.baseAddress, $0.count) }
    }

    /// The id of the request in flight.
    public var requestID: String { String(cString: chimney_slot_request_id(pointer)) }
    /// Its trace id.
    public var traceID: String { String(cString: chimney_slot_trace_id(pointer)) }
    /// Its span id.
    public var spanID: String { String(cString: chimney_slot_span_id(pointer)) }
    /// The id of the span that it is part of; empty for none.
    public var parentSpanID: String { String(cString: chimney_slot_parent_span_id(pointer)) }
    /// Its method.
    public var method: String { String(cString: chimney_slot_method(pointer)) }
    /// Its path.
    public var path: String { String(cString: chimney_slot_path(pointer)) }

    private static func with(_ text: String, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        var text = text
        text.withUTF8(body)
    }

    func begin(connection: Int32, at monotonic: UInt64, wall: Int64) {
        pointer.pointee.since_us = monotonic
        requestTime = Timestamp(milliseconds: wall)
        pointer.pointee.header_sent = 0
        pointer.pointee.answered = 0
        waits = .no
        pointer.pointee.route = Self.noRoute
        pointer.pointee.request_number = 1
        note(requestID: "", traceID: "", spanID: "", method: "", path: "")
        pointer.pointee.connection = connection
        state = .reading
    }

    func end(served: Bool = true) {
        pointer.pointee.connection = -1
        pointer.pointee.route = Self.noRoute
        if served { pointer.pointee.served += 1 }
    }
}

/// What a dead process left in its slot.
public struct Obituary: Sendable {
    /// The process.
    public let pid: Int32
    /// The signal that ended it, 0 if it exited.
    public let signal: Int32
    /// The status it exited with, -1 if a signal ended it.
    public let exitStatus: Int32
    /// Its role, as an index into the pool's roles.
    public let role: Int
    /// What it was doing.
    public let state: Slot.State
    /// Whether the supervisor ended it, because its request did not arrive or took too long.
    public let overtime: Bool
    /// The status that the dying process still answered, nil if its client got nothing.
    public let answered: Int?
    /// The program counters of its stack, innermost first.
    public let frames: [UInt]
    /// The load address of the program that they belong to.
    public let image: UInt

    /// The name of the signal, such as `SIGSEGV`.
    public var signalName: String { "SIG" + String(cString: chimney_signal_name(signal)) }
}

extension Slot {
    /// What the slot's last process left behind if it died in disorder; nil once it has been reported.
    public var obituary: Obituary? {
        let slot = pointer.pointee
        guard slot.dead_pid != 0 else { return nil }
        return Obituary(
            pid: slot.dead_pid, signal: slot.dead_signal, exitStatus: slot.dead_exit, role: Int(slot.dead_role),
            state: State(rawValue: slot.dead_state) ?? .free,
            overtime: slot.dead_verdict != UInt32(Verdict.none.rawValue),
            answered: slot.answered == 0 ? nil : Int(slot.answered),
            frames: (0..<min(slot.frame_count, UInt32(CHIMNEY_SLOT_FRAMES))).map {
                UInt(chimney_slot_frame(pointer, $0))
            },
            image: UInt(slot.image))
    }

    /// Marks the obituary as reported.
    public func bury() {
        pointer.pointee.dead_pid = 0
        pointer.pointee.frame_count = 0
        pointer.pointee.answered = 0
    }
}
