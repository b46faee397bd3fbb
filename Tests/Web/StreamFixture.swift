import Dragonfly
import Essentials
import Glibc
import Telemetry
import TestSupport
import Testing

@testable import FastCGI
@testable import Web

/// A streamer whose loop the test itself turns, and the clients that listen to it.
final class StreamFixture {
    /// A log of the store: a number and a text, by a tab. The text `end` is the last.
    static func log(_ name: String, freshLines: Int = 100) -> Ring {
        Ring(key: name, bound: 500, freshLines: freshLines) { line in
            let parts = String(decoding: line, as: UTF8.self).split(separator: "\t")
            guard parts.count == 2, let id = Int(parts[0]) else { return nil }
            let isLast = parts[1] == "end"
            return Ring.Entry(id: id, type: isLast ? "end" : nil, isLast: isLast, line: Array(parts[1].utf8))
        }
    }

    let test: TestStore
    let streamer: Streamer
    let worker: Application
    private let server: StreamServer
    private var waiting = 0

    init() throws {
        test = try TestStore()
        let store = Store(url: try #require(StoreURL(test.url)), prefix: test.prefix, timeout: 5000)
        let slot = Slot.unshared()
        let table = RouteTable([
            Route(.get, "/logs/{name}") { request, context in
                let fresh = try context.query.integer("fresh", default: 100, in: 1...500)
                let ring = Self.log(context.parameters["name"] ?? "", freshLines: fresh)
                return try context.stream(ring, from: context.query.integer("rank", default: 0, in: 0...9), to: request)
            }
        ])
        func application() -> Application {
            let recorder = Recorder(
                catalogue: Catalogue(routes: table.templates), slot: slot, board: nil, store: store, host: "here",
                level: .critical)
            return Application(
                table: table, store: store, recorder: recorder,
                failures: FailureLimit(clients: ClientAddress(trusted: [])), slot: slot)
        }
        worker = application()
        streamer = Streamer(application: application(), store: store, capacity: 100, host: "here")
        server = try StreamServer(listener: Listener(descriptor: -1, own: nil), slot: slot, capacity: 100) { _ in }
    }

    /// Adds lines to a log, by their numbers.
    func put(_ log: String, _ ids: some Sequence<Int>) throws {
        for id in ids { try test.run("LPUSH", test.key(log), "\(id)\tline \(id)") }
    }

    /// Adds the last line.
    func end(_ log: String, _ id: Int) throws { try test.run("LPUSH", test.key(log), "\(id)\tend") }

    /// A client that asks for a path with a query, after an id that it had.
    func ask(_ target: String, after id: Int? = nil) throws -> Client {
        let client = try Client(server)
        let request = try client.request(target, after: id)
        streamer.serve(request, of: client.side, besides: server.waiting - 1)
        waiting = server.waiting
        return client
    }

    /// Turns the loop until a condition holds. Returns whether it came to.
    func turn(until condition: () throws -> Bool) rethrows -> Bool {
        try eventually {
            let haveGone = server.waiting < waiting
            waiting = server.waiting
            _ = streamer.tick(haveGone: haveGone)
            return try condition()
        }
    }

    /// What a client has got once it has been sent the end; nil if that does not come.
    func all(_ client: Client) -> [String]? {
        turn { client.isEnded } ? client.got : nil
    }

    /// One of its clients, seen from both sides.
    final class Client {
        let side: StreamClient
        private let descriptor: Int32
        private var received: [UInt8] = []
        private var hasHungUp = false

        init(_ server: StreamServer) throws {
            var ends: [Int32] = [-1, -1]
            let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
            try #require(socketpair(AF_UNIX, kind, 0, &ends) == 0)
            descriptor = ends[1]
            side = StreamClient(descriptor: ends[0], server: server)
        }

        deinit {
            hangUp()
            side.close()
        }

        /// Sends its request; returns what arrives of it.
        func request(_ target: String, after id: Int?) throws -> Request {
            let parts = target.split(separator: "?")
            var variables = ["REQUEST_METHOD": "GET", "PATH_INFO": String(parts[0]), "SCRIPT_NAME": ""]
            variables["QUERY_STRING"] = parts.count > 1 ? String(parts[1]) : ""
            if let id { variables["HTTP_LAST_EVENT_ID"] = String(id) }
            let records = FastCGIClient.records(variables, body: [])
            try #require(write(descriptor, records, records.count) == records.count)
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
            defer { buffer.deallocate() }
            return Request(environment: try #require(side.receive(buffer)), body: RequestBody())
        }

        /// Closes its end of the connection, which the streamer is told of.
        func hangUp() {
            guard !hasHungUp else { return }
            hasHungUp = true
            close(descriptor)
        }

        /// Lets the streamer see what has become of the connection.
        func settle() {
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64, alignment: 16)
            defer { buffer.deallocate() }
            _ = side.receive(buffer)
        }

        private func read() {
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            while true {
                let count = recv(descriptor, &buffer, buffer.count, 0)
                guard count > 0 else { return }
                received += buffer[..<count]
            }
        }

        /// Whether it was sent the end of the answer.
        var isEnded: Bool {
            read()
            return received.suffix(Record.end(request: 1).count).elementsEqual(Record.end(request: 1))
        }

        /// The types and the ids of the events so far, in their order.
        var got: [String] {
            read()
            let end = isEnded ? Record.end(request: 1).count : 0
            return StreamFixture.summary(Record.content(of: received.dropLast(end)))
        }
    }

    /// The types and the ids of the events of an answer, in their order.
    static func summary(_ content: [UInt8]) -> [String] {
        String(decoding: content, as: UTF8.self).split(separator: "\n").compactMap { line in
            if line.hasPrefix("event: ") { return String(line.dropFirst(7)) }
            return line.hasPrefix("id: ") ? String(line.dropFirst(4)) : nil
        }
    }
}
