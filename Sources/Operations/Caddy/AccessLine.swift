import Essentials
import FoundationEssentials

/// A line of Caddy's JSON access log, as far as it is kept: a fixed list of members, so that nothing that a client
/// sends beside method, host and path gets in: no query, no header, no address, no user.
struct AccessLine: Decodable {
    private struct Exchange: Decodable {
        let proto: String?
        let method: String
        let host: String?
        let uri: String
    }

    private struct Answer: Decodable {
        let requestID: [String]?
        let traceID: [String]?

        enum CodingKeys: String, CodingKey {
            case requestID = "X-Request-Id"
            case traceID = "X-Trace-Id"
        }
    }

    private let level: String
    private let seconds: Double
    private let request: Exchange
    private let status: Int
    private let duration: Double
    private let size: Int
    private let answer: Answer?

    private enum CodingKeys: String, CodingKey {
        case level
        case seconds = "ts"
        case request, status, duration, size
        case answer = "resp_headers"
    }

    private static let longest = 256

    /// Reads a line; nil if it is none of an access log in JSON.
    init?(_ text: ArraySlice<UInt8>) {
        guard let line = try? JSONDecoder().decode(AccessLine.self, from: Data(text)) else { return nil }
        self = line
    }

    /// The line as it is kept, without its opening brace and id.
    ///
    /// - Parameter origin: the name of the host that it was written on.
    func kept(host origin: String) -> [UInt8] {
        var json = JSONWriter(capacity: 512)
        let time = Timestamp(milliseconds: seconds.isFinite && abs(seconds) < 1e11 ? Int64(seconds * 1000) : 0)
        json.member("time", time.rfc3339)
        json.member("level", level == "error" ? "error" : "info")
        json.member("host", origin)
        json.member("site", Self.cut(request.host ?? ""))
        json.member("method", Self.cut(request.method))
        json.member("path", Self.cut(String(request.uri.prefix { $0 != "?" && $0 != "#" })))
        json.member("proto", Self.cut(request.proto ?? ""))
        json.member("status", status)
        json.member("latency_ms", (duration * 1_000_000).rounded() / 1000)
        json.member("bytes", size)
        json.member("request_id", answer?.requestID?.first.map(Self.cut))
        json.member("trace_id", answer?.traceID?.first.map(Self.cut))
        return json.bytes + [UInt8(ascii: "}")]
    }

    private static func cut(_ text: String) -> String {
        text.utf8.count <= longest ? text : String(decoding: text.utf8.prefix(longest), as: UTF8.self)
    }
}
