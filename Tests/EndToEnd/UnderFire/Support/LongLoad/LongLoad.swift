import Foundation
import TestSupport

/// Clients of all kinds at once: most read, some write, some are mistaken, and one deploys all the while.
final class LongLoad: @unchecked Sendable {
    /// How many make requests at once.
    private static let clients = 12

    let parts: LongLoadOrigin
    let counts = LoadCounts()
    let acknowledged = Acknowledged()
    /// What chimney had counted before.
    private(set) var before = Samples("")
    private var works: [LoadWork] = []
    private var deploying: Deploying?

    init(_ parts: LongLoadOrigin) throws {
        self.parts = parts
        works = (0..<Self.clients).map { LoadWork(LoadClient($0, of: self), parts.github) }
        deploying = Deploying(LoadClient(Self.clients, of: self), parts.deployer)
        before = Samples(try client().ask(.get("/metrics")).text)
        for answer in try parts.pool.loadLibcurl() {
            counts.answer("/api/github/{path...}", answer.status)
            counts.cache(answer["X-Cache"], answer["X-Cache-Tier"])
        }
    }

    /// A client for what is asked for besides.
    func client() -> LoadClient { LoadClient(Self.clients + 1, of: self) }

    /// The deployments that were carried out, with their outcomes.
    var deployments: [String: String] { deploying?.outcomes ?? [:] }

    /// How many deploys were recorded: those that clients have posted, and those that were carried out.
    var deploys: Int { acknowledged.events.count + deployments.count }

    /// Makes so many requests, and deploys meanwhile.
    ///
    /// - Returns: what there is afterwards.
    /// - Throws: what a client did that got no answer.
    func run(_ count: Int) throws -> Moment {
        let begin = monotonicMilliseconds
        let left = Countdown(count)
        let isOver = Gate()
        let deployments = Background { [deploying] in
            while !isOver.isOpen { try deploying?.next() }
        }
        let outcome = Result {
            try HTTPClient.concurrently(works.count) { [works] index in
                while left.next() != nil { try works[index].next() }
            }
        }
        let end = monotonicMilliseconds
        isOver.open()
        try deployments.value()
        try outcome.get()
        return Moment(
            footprint: try .atRest(of: parts), store: try StoreContent(parts.store), kept: counts.kept,
            deployments: acknowledged.statuses.count, deploys: deploys, requests: count, milliseconds: end - begin)
    }

    /// Has several clients at once do something about each of many things.
    func each<Element: Sendable>(
        _ elements: some Collection<Element>, _ body: @escaping @Sendable (LoadClient, Element) throws -> Void
    ) throws {
        let elements = Array(elements)
        let left = Countdown(elements.count)
        try HTTPClient.concurrently(Self.clients) { index in
            let client = LoadClient(100 + index, of: self)
            while let number = left.next() { try body(client, elements[number]) }
        }
    }
}

/// Hands out numbers to several threads, each number once.
private final class Countdown: @unchecked Sendable {
    private let lock = NSLock()
    private var left: Int

    init(_ count: Int) { left = count }

    /// The next number; nil when there is none left.
    func next() -> Int? {
        lock.withLock {
            guard left > 0 else { return nil }
            left -= 1
            return left
        }
    }
}
