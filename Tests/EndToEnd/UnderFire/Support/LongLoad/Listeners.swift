import TestSupport
import Testing

/// Clients that listen while a load goes on: a few look at every event, the others keep their streams open as dashboards do.
final class Listeners {
    private static let followers = 3

    private let load: LongLoad
    private let client: LoadClient
    private let followers: [Follower]
    private let streams: DrainedStreams
    private var count: Int?

    /// Opens so many streams, and waits until they are open.
    init(of load: LongLoad, _ count: Int) throws {
        self.load = load
        client = load.client()
        let address = load.parts.origin.http.address
        followers = (0..<Self.followers).map { _ in Follower(address) }
        let counts = load.counts
        streams = DrainedStreams(address, (Self.followers..<count).map(Self.target)) { target, status in
            counts.answer(String(target.prefix { $0 != "?" }), status)
            if status != 200 { load.acknowledged.fail("\(target) is answered with \(status)") }
        }
        try #require(value { try clients() == count ? true : nil } == true, "\(count) streams are not open")
    }

    /// Most wait for what comes seldom, some for what is written, and a few for everything.
    private static func target(_ number: Int) -> String {
        switch number % 50 {
        case 0: "/api/logs/stream"
        case 1..<20: "/api/events"
        default: "/api/logs/stream?level=notice"
        }
    }

    /// How many clients the streamer keeps.
    private func clients() throws -> Int? {
        try client.ask(.get("/api/pool/status")).json.streamers?[0]?.clients?.integer
    }

    /// Checks that everybody who looked at the events has seen each that was acknowledged, once and in order.
    func expectWholeStories(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let acknowledged = load.acknowledged
        let commits = acknowledged.events.map(\.sha)
        var whole = 0
        for follower in followers {
            _ = follower.sees(Set(commits), within: patience)
            let report = try follower.stop()
            for _ in 0..<report.streams { load.counts.answer("/api/events", 200) }
            #expect(zip(report.ids, report.ids.dropFirst()).allSatisfy { $0 < $1 }, sourceLocation: sourceLocation)
            // Who was not served for as long as the ring goes back is told.
            guard report.gaps == 0 else { continue }
            whole += 1
            let seen = Dictionary(report.commits.map { ($0, 1) }, uniquingKeysWith: +)
            #expect(commits.filter { seen[$0] != 1 } == [], sourceLocation: sourceLocation)
            let moves = Dictionary(report.moves.map { ($0, 1) }, uniquingKeysWith: +)
            let last = acknowledged.statuses.map { "\($0) \($1)" }
            #expect(last.filter { moves[$0] != 1 } == [], sourceLocation: sourceLocation)
        }
        #expect(whole >= EndToEnd.UnderFire.count(followers.count, long: 1), sourceLocation: sourceLocation)
    }

    /// Hangs up, and waits until the streamer has noticed: it does when it has something to say.
    ///
    /// - Returns: what the processes have then.
    func close() throws -> OriginFootprint {
        streams.close()
        let isAlone = try eventually(every: 500) {
            try client.ask(.post("/api/log-level", #"{"level":"info"}"#, [LongLoadOrigin.admin]))
            try client.ask(.post("/api/cache/invalidate", #"{"prefix":"/none"}"#, [LongLoadOrigin.manager]))
            load.counts.add("chimney_cache_invalidations_total")
            return try clients() == 0
        }
        #expect(isAlone)
        return try OriginFootprint.atRest(of: load.parts)
    }

    deinit { streams.close() }
}
