import CPosix
import Essentials
import Glibc

/// What a `StreamServer` does with its requests: the floors above implement it.
public protocol StreamService: AnyObject {
    /// A request has arrived. Its client is sent the answer, now or in the course of time, and then its end.
    ///
    /// - Parameter others: how many further clients wait for their answer or the rest of it.
    func serve(_ request: Request, of client: StreamClient, besides others: Int)

    /// Does what is due. Returns after how many milliseconds it has to be asked again, at the latest.
    ///
    /// - Parameter haveGone: whether clients have stopped to wait since it was asked last, at its wish or their own.
    func tick(haveGone: Bool) -> Int32?

    /// The process is to end: no client comes any more, and those that wait for an answer without an end get its end.
    func stop()

    /// All clients have gone, and the process is about to end.
    func finish()
}

/// A process that answers many FastCGI requests at once, each with an answer that may begin late or go on for hours: one
/// loop, in which nothing waits for a client.
public final class StreamServer {
    /// Limits in microseconds.
    enum Limit {
        /// Until a request has to have arrived.
        static let arrival: UInt64 = 10_000_000
        /// Until a client has to have taken the last of its answer.
        static let delivery: UInt64 = 30_000_000
        /// Until a client that has everything has to have hung up.
        static let parting: UInt64 = 2_000_000
        /// The same for all of them once the process has to end.
        static let stopping: UInt64 = 2_000_000
        /// Between two looks at who has exceeded its time.
        static let sweep: UInt64 = 250_000
        /// Until the next attempt where no connection can be accepted.
        static let pause: UInt64 = 100_000
    }

    /// Connections beyond those that wait for an answer: whose request is still arriving, or answer just leaving.
    private static let spareConnections = 1000

    private let listener: Listener
    private let slot: Slot
    private let connectionLimit: Int
    private let epoll: Int32
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
    private let note: (String) -> Void
    private var clients: [Int32: StreamClient] = [:]
    private var served: StreamClient?
    private var isAccepting = false
    private var acceptsAgainAt: UInt64 = 0
    private var nextSweep: UInt64 = 0
    private var haveGone = false

    /// How many clients wait for their answer or the rest of it.
    public private(set) var waiting = 0

    /// A server for the connections of a listening socket.
    ///
    /// - Parameters:
    ///   - capacity: how many clients may wait for an answer at once, as far as the service lets them.
    ///   - log: is told what the operator should know.
    /// - Throws: `PoolError` if the process cannot begin.
    public init(
        listener: Listener, slot: Slot, capacity: Int, log: @escaping (String) -> Void
    ) throws(PoolError) {
        self.listener = listener
        self.slot = slot
        connectionLimit = capacity + Self.spareConnections
        note = log
        epoll = chimney_epoll_create()
        guard epoll >= 0 else { throw .system("cannot wait for connections", errno) }
    }

    /// Descriptors that a process needs for so many clients that wait.
    public static func descriptors(for capacity: Int) -> Int { capacity + spareConnections + 50 }

    /// Asks the kernel for as many descriptors as this process needs for so many clients (setrlimit(2)). Returns how many it
    /// has if those are too few.
    public static func raiseDescriptorLimit(for capacity: Int) -> UInt64? {
        let needed = rlim_t(descriptors(for: capacity))
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < needed else {
            return nil
        }
        limit.rlim_cur = min(needed, limit.rlim_max)
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return limit.rlim_cur < needed ? UInt64(limit.rlim_cur) : nil
    }

    /// Serves until SIGTERM, and then until all clients have what there is for them, when it listens no more.
    ///
    /// - Throws: `PoolError` if the process cannot begin.
    public func run(_ service: some StreamService) throws(PoolError) {
        let wake = chimney_event_descriptor()
        guard wake >= 0, chimney_epoll_add(epoll, wake, false) == 0 else {
            throw .system("cannot wait for connections", errno)
        }
        chimney_install_handlers(slot.pointer, wake)
        slot.pointer.pointee.clients = 0
        accept(true)
        slot.state = .idle
        while !chimney_stop_requested() {
            wait(wake, service)
        }
        slot.state = .stopping
        stop(wake, service)
        service.finish()
    }

    private func stop(_ wake: Int32, _ service: some StreamService) {
        // Nobody else comes for what is pending on a path that is gone. On an inherited socket, or one that a successor has
        // too, it waits for them.
        if slot.pointer.pointee.drains != 0, listener.isOwnPath { while acceptOne(service) {} }
        accept(false)
        // Its clients may take their time, and nobody else shall wait for them to have the address.
        listener.leave()
        _ = chimney_epoll_remove(epoll, wake)
        service.stop()
        while !clients.isEmpty {
            for client in Array(clients.values) { client.hurry(Limit.stopping) }
            wait(wake, service)
        }
    }

    // MARK: The loop

    private func wait(_ wake: Int32, _ service: some StreamService) {
        slot.beat()
        let now = MonotonicClock.microseconds
        if now >= nextSweep { sweep(now) }
        let haveGone = self.haveGone
        self.haveGone = false
        var pause = min(service.tick(haveGone: haveGone) ?? .max, Slot.beatPause)
        // Whoever was left may just have been closed, and nothing else would ever come.
        if clients.isEmpty, chimney_stop_requested() { return }
        if !clients.isEmpty { pause = min(pause, 250) }
        if !isAccepting, !chimney_stop_requested() { pause = min(pause, 100) }
        withUnsafeTemporaryAllocation(of: chimney_ready.self, capacity: 64) { ready in
            let count = chimney_epoll_wait_several(epoll, ready.baseAddress, Int32(ready.count), pause)
            for index in 0..<max(0, Int(count)) {
                let event = ready[index]
                if event.descriptor == listener.descriptor {
                    for _ in 0..<64 where isAccepting { if !acceptOne(service) { break } }
                } else if event.descriptor == wake {
                    _ = chimney_take_look()
                } else if let client = clients[event.descriptor] {
                    if event.writable { client.flush() }
                    if event.readable { receive(from: client, service) }
                }
            }
        }
    }

    /// Closes who has exceeded its time, and listens again if that was given up.
    private func sweep(_ now: UInt64) {
        nextSweep = now + Limit.sweep
        for client in Array(clients.values) where client.deadline <= now { client.close() }
        if !isAccepting, !chimney_stop_requested(), now >= acceptsAgainAt, clients.count < connectionLimit {
            accept(true)
        }
    }

    private func accept(_ isOn: Bool) {
        guard isOn != isAccepting else { return }
        isAccepting = isOn
        if isOn {
            _ = chimney_epoll_add(epoll, listener.descriptor, false)
        } else {
            _ = chimney_epoll_remove(epoll, listener.descriptor)
        }
    }

    /// Accepts a connection and what it has to say already. False if none is pending.
    private func acceptOne(_ service: some StreamService) -> Bool {
        guard clients.count < connectionLimit else {
            pauseAccepting()
            return false
        }
        let descriptor = chimney_accept_nonblocking(listener.descriptor)
        guard descriptor >= 0 else {
            let failure = errno
            if [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(failure) {
                log("no further connections can be accepted for the moment: \(String(cString: strerror(failure)))")
                pauseAccepting()
            }
            return failure == EINTR || failure == ECONNABORTED
        }
        guard chimney_epoll_add(epoll, descriptor, false) == 0 else {
            close(descriptor)
            return true
        }
        let client = StreamClient(descriptor: descriptor, server: self)
        clients[descriptor] = client
        receive(from: client, service)
        return true
    }

    /// Leaves further connections in the queue of the socket for a moment.
    private func pauseAccepting() {
        accept(false)
        acceptsAgainAt = MonotonicClock.microseconds + Limit.pause
    }

    private func receive(from client: StreamClient, _ service: some StreamService) {
        guard let environment = client.receive(buffer) else { return }
        slot.beat()
        slot.begin(connection: client.descriptor, at: client.acceptedAt, wall: client.acceptedTime.milliseconds)
        slot.pointer.pointee.request_number = client.requestID
        slot.state = .handling
        served = client
        service.serve(Request(environment: environment, body: RequestBody()), of: client, besides: waiting - 1)
        served = nil
        slot.end()
        slot.state = chimney_stop_requested() ? .stopping : .idle
    }

    // MARK: For clients

    /// A part of the answer to the request in flight goes out: a crash cannot answer any more.
    func noteHeader(of client: StreamClient) {
        if client === served { slot.pointer.pointee.header_sent = 1 }
    }

    func noteWaiting(_ change: Int) {
        waiting += change
        if change < 0 { haveGone = true }
        slot.pointer.pointee.clients = UInt32(clamping: waiting)
    }

    func watch(_ client: StreamClient, forWriting isOn: Bool) {
        _ = chimney_epoll_change(epoll, client.descriptor, isOn)
    }

    func forget(_ client: StreamClient) {
        clients[client.descriptor] = nil
    }

    func log(_ message: String) { note(message) }
}
