import Dragonfly
import Essentials
import FoundationEssentials

/// How a host's Caddy is, as that host's agent sees it.
struct CaddyState: Codable, Equatable {
    /// What Caddy hands requests on to, as its admin endpoint tells it (`GET /reverse_proxy/upstreams`).
    struct Upstream: Codable, Equatable {
        let address: String
        let requests: Int
        let fails: Int
    }

    /// When it was seen, in milliseconds since the epoch.
    let time: Int64
    let up: Bool
    /// Which of the origins the host says it is; nil if it does not know.
    let origin: String?
    let upstreams: [Upstream]

    /// The hash of all hosts' states: host → state.
    static let key = "caddy"
    /// The hash of all hosts' versions, as Caddy names itself in requests: host → version.
    static let versions = "caddy:versions"
    /// Older ones are nobody's any more, in milliseconds.
    static let lifetime: Int64 = 60_000

    /// The state as the store keeps it.
    var stored: [UInt8] {
        JSONWriter.object { json in
            json.member("time", time)
            json.member("up", up)
            json.member("origin", origin)
            writeUpstreams(&json)
        }
    }

    /// Reads what the store keeps; nil if it is none.
    init?(_ stored: [UInt8]) {
        guard let value = try? JSONDecoder().decode(CaddyState.self, from: Data(stored)) else { return nil }
        self = value
    }

    /// A state.
    init(time: Int64, up: Bool, origin: String?, upstreams: [Upstream] = []) {
        self.time = time
        self.up = up
        self.origin = origin
        self.upstreams = upstreams
    }

    /// Writes the member `upstreams`.
    func writeUpstreams(_ json: inout JSONWriter) {
        json.key("upstreams")
        json.array { list in
            for upstream in upstreams {
                list.object { entry in
                    entry.member("address", upstream.address)
                    entry.member("requests", upstream.requests)
                    entry.member("fails", upstream.fails)
                }
            }
        }
    }
}
