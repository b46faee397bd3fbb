import Dragonfly
import Essentials
import FastCGI
import HTTPTypes

/// A place in the store where the outcome of work that is under way will be, for the clients that wait for it.
///
/// Whoever begins the work makes a hold, gives its id to whoever will finish it, and answers its client with
/// `Context.outcome(of:for:)`. Others who want the same outcome wait for the same hold.
public struct Hold: Hashable, Sendable {
    /// Milliseconds for which an outcome is kept where nothing else is said, for clients that come late.
    public static let keeping = 300_000

    /// 128 random bits, because whoever knows it gets the outcome; and the limit, so that it need not be looked up.
    public let id: String
    /// Until when clients are kept waiting.
    public let limit: Timestamp

    /// A new hold.
    public init(until limit: Timestamp) {
        self.limit = limit
        id = "\(Hex.random(bytes: 16))-\(String(max(0, limit.milliseconds), radix: 16))"
    }

    /// The hold with this id; nil if no hold can have it.
    public init?(id: String) {
        let parts = id.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.count == 32, (1...12).contains(parts[1].utf8.count),
            id.utf8.allSatisfy({ $0.isHexDigit || $0 == UInt8(ascii: "-") }),
            let milliseconds = Int64(parts[1], radix: 16)
        else { return nil }
        self.id = id
        limit = Timestamp(milliseconds: milliseconds)
    }

    func key(in store: Store) -> String { store.key("hold:\(id)") }

    /// Leaves the outcome: everyone who waits for it, or comes while it is kept, is answered with it. The first one
    /// counts, so that it can be left twice without harm.
    ///
    /// - Parameter milliseconds: for how long it is kept.
    /// - Throws: `StoreError`
    public func finish(
        with response: Response, in store: Store, keeping milliseconds: Int = Hold.keeping
    ) throws(StoreError) {
        _ = try store.run(
            Command(
                "SET",
                [Array(key(in: store).utf8), Outcome.serialise(response)]
                    + ["NX", "PX", String(milliseconds)].map { Array($0.utf8) }))
    }

    /// Leaves an error as the outcome; each client gets it with the id of its own request.
    ///
    /// - Parameter milliseconds: for how long it is kept.
    /// - Throws: `StoreError`
    public func finish(
        with problem: Problem, in store: Store, keeping milliseconds: Int = Hold.keeping
    ) throws(StoreError) {
        try finish(with: problem.response(requestID: nil), in: store, keeping: milliseconds)
    }

    /// The outcome, nil where there is none yet.
    func outcome(in store: Store) throws(StoreError) -> Response? {
        try store.run(Command("GET", [Array(key(in: store).utf8)])).bytes.flatMap(Outcome.read)
    }
}

/// An answer as the store keeps it: a `Status` line, the header, an empty line, the body.
enum Outcome {
    static func serialise(_ response: Response) -> [UInt8] {
        var head = "Status: \(response.status.code) \(response.status.reasonPhrase)\r\n"
        for field in response.fields { head += "\(field.name.rawName): \(field.value)\r\n" }
        return Array(head.utf8) + response.lines + Array("\r\n".utf8) + response.body
    }

    static func read(_ bytes: [UInt8]) -> Response? {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        var status: HTTPResponse.Status?
        var fields = HTTPFields()
        for line in String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n") {
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let value = String(line[line.index(after: colon)...].drop { $0 == " " })
            if line[..<colon] == "Status" {
                let parts = value.split(separator: " ", maxSplits: 1)
                guard let code = parts.first.flatMap({ Int($0) }), (100...599).contains(code) else { return nil }
                status = HTTPResponse.Status(code: code, reasonPhrase: parts.count > 1 ? String(parts[1]) : "")
            } else {
                guard let name = HTTPField.Name(String(line[..<colon])) else { return nil }
                fields.append(HTTPField(name: name, value: value))
            }
        }
        return status.map { Response(status: $0, fields: fields, body: Array(bytes[end.upperBound...])) }
    }
}
