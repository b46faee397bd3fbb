import Glibc

/// Reads the request of a connection, as far as it is asked for, in a process that waits for it. Who never sends the rest is
/// the pool's to end.
final class RequestReader {
    /// Bytes that are read at a time: most requests whole.
    static let bufferSize = 16 << 10

    /// Milliseconds within which who connects, or has asked something, has to go on. A front end connects to send a request at
    /// once; one that says nothing must not hold a worker until the supervisor ends it.
    private static let silenceLimit: Int32 = 1000

    private let descriptor: Int32
    private let buffer: UnsafeMutableRawBufferPointer
    private var parser = RequestParser()
    private var environment: Environment?
    private var body: [UInt8] = []
    /// How many bytes of `body` have been handed out.
    private var taken = 0
    private var isAtEnd = false
    /// Whether nothing that has come is to be followed by more.
    private var mayBeSilent = true

    /// What was wrong with the bytes, if they were no FastCGI.
    private(set) var complaint: String?

    /// A reader of a connection that has said nothing yet.
    ///
    /// - Parameter buffer: is used for reading, and may be for other connections after this one.
    init(_ descriptor: Int32, buffer: UnsafeMutableRawBufferPointer) {
        self.descriptor = descriptor
        self.buffer = buffer
    }

    /// The number of the request.
    var requestID: UInt16 { parser.requestID }

    /// Reads the variables of the request. Nil if the front end hangs up before they are there, aborts the request, says nothing
    /// or sends something else.
    func variables() -> Environment? {
        while environment == nil, !isAtEnd {
            guard !mayBeSilent || Descriptor.isReadable(descriptor, within: Self.silenceLimit) else { break }
            mayBeSilent = false
            receive()
        }
        return environment
    }

    /// Reads some of the body: fewer bytes than there is room for, if it ends before.
    func read(into room: UnsafeMutableRawBufferPointer) -> Int {
        var count = 0
        while count < room.count {
            guard taken < body.count else {
                body.removeAll(keepingCapacity: true)
                taken = 0
                guard !isAtEnd else { break }
                receive()
                continue
            }
            let some = min(room.count - count, body.count - taken)
            body.withUnsafeBytes { bytes in
                UnsafeMutableRawBufferPointer(rebasing: room[count...])
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[taken..<taken + some]))
            }
            count += some
            taken += some
        }
        return count
    }

    private func receive() {
        let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        // A signal asks the process to stop, not the client to go.
        if count < 0, errno == EINTR { return }
        guard count > 0 else {
            isAtEnd = true
            return
        }
        do throws(RequestParser.Malformed) {
            let events = try parser.consume(UnsafeRawBufferPointer(rebasing: buffer[..<count])) {
                body.append(contentsOf: $0)
            }
            for event in events {
                switch event {
                case .variables(let variables): environment = variables
                case .end, .aborted: isAtEnd = true
                case .reply(let bytes):
                    Descriptor.write(bytes, to: descriptor)
                    mayBeSilent = true
                case .refused(let bytes):
                    Descriptor.write(bytes, to: descriptor)
                    isAtEnd = true
                    return
                }
            }
        } catch {
            complaint = error.reason
            isAtEnd = true
        }
    }
}
