import CPosix
import Essentials
import Glibc
import HTTPTypes

/// A process that answers FastCGI requests, one at a time.
public struct Worker {
    /// Milliseconds without anything to do after which the worker gives back the memory that only its largest answers take.
    private static let restPause: Int32 = 1000

    /// By which nothing is changed (RFC 9110, section 9.2.1).
    private static let safeMethods: Set<HTTPRequest.Method> = [.get, .head, .options]

    let listener: Listener
    let slot: Slot
    /// The worker ends after so many requests, and its supervisor starts another; nil for no end.
    let requestLimit: Int?
    private let log: (String) -> Void
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: RequestReader.bufferSize, alignment: 16)

    /// A worker for the connections of a listening socket.
    ///
    /// - Parameter log: is told what the operator should know.
    public init(listener: Listener, slot: Slot, requestLimit: Int? = nil, log: @escaping (String) -> Void) {
        self.listener = listener
        self.slot = slot
        self.requestLimit = requestLimit
        self.log = log
    }

    /// Serves until SIGTERM or the request limit; what has been accepted is answered first.
    ///
    /// - Throws: `PoolError` if the process cannot begin, or cannot take connections any more.
    public func run(_ service: some Service) throws(PoolError) {
        let wake = chimney_event_descriptor()
        let epoll = chimney_epoll_create()
        guard wake >= 0, epoll >= 0,
            chimney_epoll_add(epoll, listener.descriptor, true) == 0, chimney_epoll_add(epoll, wake, false) == 0
        else { throw .system("cannot wait for connections", errno) }
        chimney_install_handlers(slot.pointer, wake)

        var left = requestLimit ?? .max
        var isRested = true
        slot.state = .idle
        while left > 0, !chimney_stop_requested() {
            wait(epoll, service, &isRested)
            if try acceptAndServe(service) {
                left -= 1
                isRested = false
            }
        }
        slot.state = .stopping
        if slot.pointer.pointee.drains != 0, listener.isOwnPath {
            // The pool ends and has taken its path away: what is pending is served to the last, for nobody else will,
            // and no more comes. An inherited socket goes on to queue for whoever comes next.
            while chimney_stop_requested(), try acceptAndServe(service) {}
        }
        slot.state = .stopping
        service.stop()
        close(epoll)
        close(wake)
    }

    /// Serves one connection. False if none is pending, because a sibling was faster, for example.
    private func acceptAndServe(_ service: some Service) throws(PoolError) -> Bool {
        let connection = chimney_accept(listener.descriptor)
        guard connection >= 0 else {
            let code = errno
            guard Self.isTransient(code) else { throw .system("cannot accept connections", code) }
            // Nobody on the host has a descriptor left: nothing of ours to close, but others may.
            if code == ENFILE { usleep(10_000) }
            return false
        }
        serve(connection, service)
        return true
    }

    /// Whether it may be otherwise the next time. A process that has no descriptor left itself makes room for one that has: the
    /// kernel wakes nobody else for a connection that it was woken for.
    private static func isTransient(_ code: Int32) -> Bool {
        [EAGAIN, EINTR, ECONNABORTED, EPROTO, ENOBUFS, ENOMEM, EPERM, ENFILE].contains(code)
    }

    private func wait(_ epoll: Int32, _ service: some Service, _ isRested: inout Bool) {
        slot.state = .flushing
        let timeout = service.idle()
        slot.state = .idle
        let hasCome = chimney_epoll_wait(epoll, timeout ?? (isRested ? -1 : Self.restPause)) != 0
        if timeout == nil, !hasCome {
            chimney_release_free_memory()
            isRested = true
        }
        // Asked to look around: that is what `idle` does, the next time.
        _ = chimney_take_look()
    }

    private func serve(_ connection: Int32, _ service: some Service) {
        slot.begin(
            connection: connection, at: MonotonicClock.microseconds, wall: Timestamp.now.milliseconds)
        let isServed = answer(connection, service)
        close(connection)
        slot.end(served: isServed)
        if isServed {
            slot.state = .flushing
            service.didSend()
        }
        slot.state = .idle
    }

    /// Answers the request of a connection. False if there is none, or none that can be read.
    private func answer(_ connection: Int32, _ service: some Service) -> Bool {
        let reader = RequestReader(connection, buffer: buffer)
        guard let environment = reader.variables() else {
            if let complaint = reader.complaint { log("a connection was closed: it sent \(complaint)") }
            return false
        }
        slot.pointer.pointee.request_number = reader.requestID
        let body = RequestBody(.records(reader))
        let incoming = Request(environment: environment, body: body)
        slot.state = .handling
        let response = service.respond(to: incoming)
        slot.endWait()
        let bytes = Record.answer(
            header: response.header, body: response.content(for: incoming.method), request: reader.requestID)
        // Who has not sent it all is still arriving, but for what may be done already: that is not refused any more.
        let isDone = body.hasBrought(environment.contentLength ?? 0) && !Self.safeMethods.contains(incoming.method)
        if !isDone { slot.state = .reading }
        body.discard()
        slot.state = .writing
        service.willSend(response)
        slot.pointer.pointee.header_sent = 1
        Descriptor.write(bytes, to: connection)
        return true
    }
}
