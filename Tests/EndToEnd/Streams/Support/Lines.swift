import Foundation
import TestSupport
import Testing

extension Origin {
    /// Asks for a stream through the front end.
    func stream(
        _ target: String, after id: String? = nil, _ fields: [(String, String)] = [], receiveBuffer: Int32? = nil
    ) throws -> EventStream {
        try EventStream(.port(caddy.port), target, after: id, fields, receiveBuffer: receiveBuffer)
    }

    /// The full names of the rings.
    var logRing: String { store.key("{telemetry}:log") }
    var eventRing: String { store.key("{telemetry}:events") }

    /// Puts events into their ring as their writers do, with ids that follow each other.
    ///
    /// - Parameter size: bytes of padding in each.
    func putEvents(_ ids: some Sequence<Int>, type: String = "deploy", size: Int = 0) throws {
        let padding = String(repeating: "x", count: size)
        for id in ids {
            try store.run(
                "LPUSH", eventRing,
                #"{"id":\#(id),"time":"2026-02-21T10:13:00Z","type":"\#(type)","data":{"n":\#(id),"x":"\#(padding)"}}"#)
        }
        try store.run("LTRIM", eventRing, "0", "499")
    }

    /// What the pool says of its streamer; null where it has none.
    var streamer: JSON {
        get throws { try get("/api/pool/status").json.streamers?.list.first ?? .null }
    }

    /// What a worker hands over to the streamer for who waits for the outcome of a name (`/debug/hold`).
    func handover(for name: String) throws -> String {
        let answer = try pool.fastCGI.request(
            "GET", "/debug/hold", variables: ["CHIMNEY_HOLDS": "1", "QUERY_STRING": "name=\(name)&ms=60000"])
        return try #require(answer["X-Chimney-Hold"])
    }

    /// Waits until the streamer keeps so many clients.
    func keeps(_ count: Int, within seconds: Double = patience) throws -> Bool {
        try eventually(within: seconds, every: 50) { try streamer.clients?.integer == count }
    }
}

extension StreamEvent {
    /// The number of an event of `Origin.putEvents`; nil for any other.
    var number: Int? { type == "deploy" ? json.data?.n?.integer : nil }

    /// Whether the stream says it of itself, and not of its ring.
    var isNotice: Bool {
        ["heartbeat", "gap", "bye", "dragonfly.down", "dragonfly.up"].contains(type)
            && data.hasPrefix("{\"id\":null")
    }
}
