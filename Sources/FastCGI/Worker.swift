import CFastCGI
import CPosix
import Essentials
import Glibc

/// A process that answers FastCGI requests, one at a time.
public struct Worker {
    /// Milliseconds until a connection has to say something. A front end connects to send a request at once; one that
    /// says nothing must not hold a worker until the supervisor ends it.
    private static let silenceLimit: Int32 = 1000

    let listener: Listener
    let slot: Slot
    /// The worker ends after so many requests, and its supervisor starts another; nil for no end.
    let requestLimit: Int?

    /// A worker for the connections of a listening socket.
    public init(listener: Listener, slot: Slot, requestLimit: Int? = nil) {
        self.listener = listener
        self.slot = slot
        self.requestLimit = requestLimit
    }

    /// Serves until SIGTERM or the request limit; what has been accepted is answered first.
    ///
    /// - Throws: `PoolError` if the process cannot begin.
    public func run(_ service: some Service) throws(PoolError) {
        let wake = chimney_event_descriptor()
        let epoll = chimney_epoll_create()
        guard wake >= 0, epoll >= 0,
            chimney_epoll_add(epoll, listener.descriptor, true) == 0, chimney_epoll_add(epoll, wake, false) == 0
        else { throw .system("cannot wait for connections", errno) }
        // libfcgi's own handlers are replaced by ours right after: its flag is read with a race before accept.
        guard FCGX_Init() == 0 else { throw .system("cannot start libfcgi", errno) }
        chimney_install_handlers(slot.pointer, wake)

        var request = FCGX_Request()
        FCGX_InitRequest(&request, -1, 0)
        var left = requestLimit ?? .max
        slot.state = .idle
        while left > 0, !chimney_stop_requested() {
            wait(epoll, service)
            if try acceptAndServe(&request, service) { left -= 1 }
        }
        slot.state = .stopping
        if slot.pointer.pointee.drains != 0, listener.isOwnPath {
            // The pool ends and has taken its path away: what is pending is served to the last, for nobody else will,
            // and no more comes. An inherited socket goes on to queue for whoever comes next.
            while chimney_stop_requested(), try acceptAndServe(&request, service) {}
        }
        slot.state = .stopping
        service.stop()
        close(epoll)
        close(wake)
    }

    /// Serves one connection. False if none is pending, because a sibling was faster, for example.
    private func acceptAndServe(
        _ request: inout FCGX_Request, _ service: some Service
    ) throws(PoolError) -> Bool {
        let connection = chimney_accept(listener.descriptor)
        guard connection >= 0 else {
            let code = errno
            guard Self.isTransient(code) else { throw .system("cannot accept connections", code) }
            // Out of descriptors: nothing of ours to close, but others may.
            if code == EMFILE || code == ENFILE { usleep(10_000) }
            return false
        }
        serve(connection, &request, service)
        return true
    }

    private static func isTransient(_ code: Int32) -> Bool {
        [EAGAIN, EINTR, ECONNABORTED, EPROTO, ENOBUFS, ENOMEM, EPERM, EMFILE, ENFILE].contains(code)
    }

    private func wait(_ epoll: Int32, _ service: some Service) {
        slot.state = .flushing
        let timeout = service.idle() ?? -1
        slot.state = .idle
        _ = chimney_epoll_wait(epoll, timeout)
        // Asked to look around: that is what `idle` does, the next time.
        _ = chimney_take_look()
    }

    private func serve(_ connection: Int32, _ request: inout FCGX_Request, _ service: some Service) {
        slot.begin(
            connection: connection, at: MonotonicClock.microseconds, wall: Timestamp.now.milliseconds)
        guard speaks(connection) else {
            close(connection)
            slot.end(served: false)
            slot.state = .idle
            return
        }
        // libfcgi keeps to a connection that is there already, and leaves closing it to us: its own way of closing
        // waits for the peer.
        request.ipcFd = connection
        request.keepConnection = 1
        guard FCGX_Accept_r(&request) == 0 else {
            // It was closed by libfcgi: no request came, or none that could be read.
            request.ipcFd = -1
            slot.end(served: false)
            slot.state = .idle
            return
        }
        slot.pointer.pointee.request_number = UInt16(truncatingIfNeeded: request.requestId)
        if FCGX_GetError(request.in) == 0 {
            answer(request, service)
        }
        FCGX_Free(&request, 0)
        close(connection)
        request.ipcFd = -1
        slot.end()
        slot.state = .flushing
        service.didSend()
        slot.state = .idle
    }

    private func speaks(_ connection: Int32) -> Bool {
        var ready = pollfd(fd: connection, events: Int16(POLLIN), revents: 0)
        while true {
            let count = poll(&ready, 1, Self.silenceLimit)
            // A signal asks the worker to stop, not the client to go.
            if count < 0, errno == EINTR { continue }
            return count > 0
        }
    }

    private func answer(_ request: FCGX_Request, _ service: some Service) {
        guard let envp = request.envp, let input = request.in else { return }
        let body = RequestBody(.stream(input))
        let incoming = Request(environment: Environment(borrowing: envp), body: body)
        slot.state = .handling
        let response = service.respond(to: incoming)
        let bytes = Record.answer(
            header: response.header, body: response.content(for: incoming.method),
            request: UInt16(truncatingIfNeeded: request.requestId))
        // Whoever is still sending is still arriving.
        slot.state = .reading
        body.discard()
        slot.state = .writing
        service.willSend(response)
        slot.pointer.pointee.header_sent = 1
        Descriptor.write(bytes, to: request.ipcFd)
    }
}
