import CPosix
import Essentials
import Glibc

/// The same program as a CGI program (RFC 3875): one request from the environment and standard input, its answer on
/// standard output.
public enum CGI {
    /// Whether the process was started as a CGI program. Whatever arguments it has then are a part of the query
    /// (section 4.4), and not to be listened to.
    public static var isRequested: Bool {
        getenv("GATEWAY_INTERFACE") != nil && getenv("REQUEST_METHOD") != nil
    }

    /// Within how many seconds the body has to be there, as in a pool.
    private static let arrivalLimit: UInt64 = 60

    /// Answers the one request.
    public static func run(_ service: some Service, slot: Slot) {
        chimney_install_handlers(slot.pointer, -1)
        let began = MonotonicClock.microseconds
        slot.begin(connection: STDOUT_FILENO, at: began, wall: Timestamp.now.milliseconds)
        slot.pointer.pointee.request_number = 0
        let environment = Environment(borrowing: environ)
        let body = RequestBody(
            .descriptor(
                STDIN_FILENO, announced: environment.contentLength ?? 0, deadline: began + arrivalLimit * 1_000_000))
        let request = Request(environment: environment, body: body)
        slot.state = .handling
        let response = service.respond(to: request)
        let bytes = response.serialised(for: request.method)
        // A server that cannot hand over the whole body (fcgiwrap) would answer itself, that something is broken.
        slot.state = .reading
        body.discard()
        slot.state = .writing
        service.willSend(response)
        slot.pointer.pointee.header_sent = 1
        Descriptor.write(bytes, to: STDOUT_FILENO)
        // The answer is complete for the server as soon as the descriptor is closed; telemetry comes after.
        close(STDOUT_FILENO)
        slot.end()
        service.didSend()
        service.stop()
    }
}
