import TestSupport
import Testing

/// Bytes that a client sends to a front end, and what may come of them.
struct HTTPShape: Sendable, CustomStringConvertible {
    /// What is odd about them.
    let name: String
    let bytes: [UInt8]
    /// The method of its request, where its answer has no body by that.
    var method = "GET"
    /// What the answer may be.
    let statuses: Set<Int>
    /// Whether less is sent than is announced: nothing follows then, and the front end is told so.
    var isCut = false

    var description: String {
        let shown = String(decoding: bytes.prefix(300), as: UTF8.self).debugDescription
        return "\(name): \(shown)\(bytes.count > 300 ? "…" : "")"
    }

    /// What a request that is refused may be answered with: by the front end before it looks at it, by chimney, or not at all.
    static let refused: Set<Int> = [400, 404, 405, 411, 413, 414, 415, 417, 422, 431, 501, 505]

    init(_ name: String, _ bytes: [UInt8], _ statuses: Set<Int>, method: String = "GET", isCut: Bool = false) {
        self.name = name
        self.bytes = bytes
        self.statuses = statuses
        self.method = method
        self.isCut = isCut
    }

    /// Whether the front end may hang up on it without a word.
    var mayBeDropped: Bool { isCut || statuses.isSuperset(of: Self.refused) }

    /// The same where one more status will do.
    func allowing(_ status: Int) -> HTTPShape {
        HTTPShape(name, bytes, statuses.union([status]), method: method, isCut: isCut)
    }

    init(_ name: String, _ text: String, _ statuses: Set<Int>, method: String = "GET", isCut: Bool = false) {
        self.init(name, Array(text.utf8), statuses, method: method, isCut: isCut)
    }
}

/// What a connection brought on which a shape was sent, and a request after it.
struct HTTPExchange: Sendable {
    /// The answers in their order.
    private(set) var answers: [HTTPAnswer] = []
    /// What was no HTTP; nil if everything was.
    private(set) var failure: String?

    /// Sends a shape, and a request with this `X-Request-ID` after it, and reads until the connection ends.
    init(_ shape: HTTPShape, then id: String, to http: HTTPClient) throws {
        let connection = try http.connect()
        let last = "GET /api/version HTTP/1.1\r\nHost: localhost\r\nX-Request-ID: \(id)\r\nConnection: close\r\n\r\n"
        do {
            // Who is hung up on before it had all has been answered all the same.
            do {
                try connection.send(shape.bytes + (shape.isCut ? [] : Array(last.utf8)))
                if shape.isCut { connection.closeWriting() }
            } catch Socket.Failure.system {}
            while !connection.isClosedByServer {
                answers.append(try connection.receive(to: answers.isEmpty ? shape.method : "GET"))
            }
        } catch Socket.Failure.system {
            // Hung up on.
        } catch {
            failure = "\(error)"
        }
    }

    /// What is wrong with what came; nil if nothing is.
    func fault(of shape: HTTPShape, then id: String) -> String? {
        if let failure { return failure }
        guard answers.count <= 2 else { return "\(answers.count) answers" }
        guard let first = answers.first else { return shape.mayBeDropped ? nil : "no answer" }
        let isLast = first["X-Request-ID"] == id
        if isLast { return "the request after it is answered in its place" }
        guard shape.statuses.contains(first.status) else { return "\(first.status): \(first.text.prefix(200))" }
        guard let second = answers.dropFirst().first else {
            let isOver = shape.mayBeDropped || first["Connection"]?.lowercased() == "close"
            return isOver ? nil : "the request after it is not answered"
        }
        return second.status == 200 && second["X-Request-ID"] == id
            ? nil : "then \(second.status) to \(second["X-Request-ID"] ?? "nobody"): \(second.text.prefix(200))"
    }
}

extension [HTTPShape] {
    /// Sends each of them, and looks at what comes back, on its connection and on the next one.
    ///
    /// - Parameter stored: how many deploys are recorded.
    func expectHarmless(
        to http: HTTPClient, storing stored: () throws -> Int, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let before = try stored()
        for (number, shape) in enumerated() {
            let exchange = try HTTPExchange(shape, then: "last-\(number)", to: http)
            if let fault = exchange.fault(of: shape, then: "last-\(number)") {
                Issue.record("\(shape): \(fault)", sourceLocation: sourceLocation)
            }
            let beside = try http.get("/api/version", [("X-Request-ID", "beside-\(number)")])
            #expect(beside.status == 200, "\(shape)", sourceLocation: sourceLocation)
            #expect(beside["X-Request-ID"] == "beside-\(number)", "\(shape)", sourceLocation: sourceLocation)
            guard try stored() == before else {
                Issue.record("\(shape): what it hid was carried out", sourceLocation: sourceLocation)
                return
            }
        }
    }
}
