import Dragonfly
import Foundation
import TestSupport
import Testing

/// Two hosts that share a store and a GitHub, each with something between it and the store that can be told to be bad at
/// what it does (`FaultyProxy`).
final class Besieged: Sendable {
    /// What of GitHub's is held in the cache throughout, and has to be answered whatever the store does.
    static let held = "/api/github/pulls?state=open"
    /// Reads that need no store.
    static let independent = ["/api/version", "/healthz", "/metrics", "/api/pool/status", held]
    /// Reads whose requests nobody makes but the clients of `Traffic`, so that they can be counted.
    static let counted = ["/api/version", "/api/events/recent", "/api/pool/status"]
    /// How many workers each host has.
    static let workers = 3

    let server: StoreServer
    let store: TestStore
    let github: FakeGitHub
    let proxies: [FaultyProxy]
    let sites: [Site]
    private let journals: TemporaryDirectory
    /// Where the store's server has its snapshots.
    let directory: String

    /// Starts them.
    ///
    /// - Parameter keepsJournals: whether each host keeps a journal.
    init(keepsJournals: Bool = false) throws {
        journals = try TemporaryDirectory()
        // So that its directory can be set, and that it is at reading what it had for as long as a test likes.
        let server = try StoreServer(
            more: [
                "--enable-protected-configs", "local", "--key-load-delay", "10000",
                "--loading-process-events-interval-bytes", "1024", "--rdbcompression", "no",
            ])
        directory = try server.run("CONFIG", "GET", "dir").array.last?.string ?? ""
        let store = try TestStore(server)
        let github = try FakeGitHub()
        let proxies = try (0..<2).map { try FaultyProxy(server.address, seed: UInt64($0)) }
        let journals = journals
        self.server = server
        self.store = store
        self.github = github
        self.proxies = proxies
        sites = try zip(["north", "south"], proxies).map { name, proxy in
            var settings = Traffic.environment.merging(CachingSettings.environment(github)) { $1 }
            settings["DRAGONFLY_URL"] = proxy.url
            if keepsJournals { settings["CHIMNEY_JOURNAL_DIR"] = journals.file(name) }
            return try Site(name, store: store, workers: Self.workers, environment: settings)
        }
    }

    /// Where clients ask.
    var http: [HTTPClient] { sites.map(\.http) }
    /// All processes that should outlive whatever is done to the store.
    var processes: Set<pid_t> { sites.reduce(into: []) { $0.formUnion($1.children) } }
    /// How many exchanges were struck so far.
    var hits: Int { proxies.reduce(0) { $0 + $1.hits } }

    /// Sets what is wrong between the store and both hosts.
    func set(_ fault: FaultyProxy.Fault, share: Int = 1) { for proxy in proxies { proxy.set(fault, share: share) } }

    /// Lets the fault that is set strike so many more exchanges of each host; false where it comes to none any more.
    func strikes(_ count: Int) -> Bool {
        zip(proxies, proxies.map(\.hits)).allSatisfy { proxy, before in
            (1...count).allSatisfy { number in eventually { proxy.hits >= before + number } }
        }
    }

    /// Waits until every worker of both hosts has the store again, and they say so.
    func hasStoreAgain() throws -> Bool {
        let waiting = sites.map { site in Background { try site.http.hasStoreAgain() } }
        guard try waiting.map({ try $0.value() }).allSatisfy({ $0 }) else { return false }
        return try eventually { try isWell("ok") }
    }

    /// Waits until each host has noted that the other keeps a journal: whom a host does not know, it does not wait for in a
    /// store that has lost what it had.
    func knowEachOther() -> Bool {
        let directories = ["north", "south"].map(journals.file)
        return eventually { directories.allSatisfy { Lossy.knownHosts(in: $0) == ["north", "south"] } }
    }

    /// Whether both hosts say that they are well, or degraded.
    func isWell(_ status: String) throws -> Bool {
        try sites.allSatisfy { try $0.http.get("/healthz").json.status?.text == status }
    }

    /// Begins anew with a store that has nothing but the cache, and with what is held in the memory of both hosts.
    func begin() throws {
        let others = """
            for _, key in ipairs(redis.call('KEYS', '*')) do
              if not string.find(key, '{cache}', 1, true) then redis.call('DEL', key) end
            end
            """
        try server.run("EVAL", others, "0")
        for site in sites { #expect(try site.http.get(Self.held).status == 200) }
        #expect(try eventually { try sites.allSatisfy { try $0.memoryEntries ?? 0 > 0 } })
    }

    /// Runs a test of a fault, with clients that write and read all the while, and looks at what all were answered.
    ///
    /// - Parameters:
    ///   - losesStore: whether the store loses what it has meanwhile, and with it what was counted.
    ///   - body: sets the fault, waits until it was met, and takes it away.
    func withTraffic(
        losesStore: Bool = false, sourceLocation: SourceLocation = #_sourceLocation, _ body: (Traffic) throws -> Void
    ) throws {
        try begin()
        let processes = processes
        let counted = try requests()
        let before = Footprint(of: processes.sorted())
        let traffic = Traffic(http, writers: 4, readers: 4, of: Traffic.targets + [Self.held])
        #expect(traffic.pass(10), "\(traffic.acknowledged.failures)", sourceLocation: sourceLocation)
        do {
            try body(traffic)
        } catch {
            set(.none)
            try traffic.stop()
            throw error
        }
        #expect(try hasStoreAgain(), sourceLocation: sourceLocation)
        #expect(traffic.pass(10), "\(traffic.acknowledged.failures)", sourceLocation: sourceLocation)
        try traffic.stop()

        for target in Self.independent {
            let fault = Self.fault(of: target, in: traffic.readings)
            #expect(fault == nil, sourceLocation: sourceLocation)
        }
        if !losesStore { try expectCounts(since: counted, traffic, sourceLocation) }
        // What nobody was told of was counted, where a later change that was told of had been counted after it.
        try traffic.expectNothingLost(
            in: store, where: { !losesStore || !$0.hasPrefix("counters") && !$0.contains(" made") },
            sourceLocation: sourceLocation)
        #expect(self.processes == processes, "the same processes", sourceLocation: sourceLocation)
        #expect(try samples["chimney_panics_total"] == 0, sourceLocation: sourceLocation)
        // One that is lost with each fault makes many.
        Footprint(of: processes.sorted()).expectNoMoreDescriptors(than: before, but: 8, sourceLocation: sourceLocation)
    }

    /// What is wrong with what was answered to reads that need no store; nil if nothing is.
    static func fault(of target: String, in readings: Readings) -> String? {
        let statuses = readings.statuses[target] ?? [:]
        return Set(statuses.keys) == [200] ? nil : "\(target): \(statuses) \(readings.firstErrors[target] ?? "")"
    }

    private var samples: Samples {
        get throws { Samples(try sites[0].http.get("/metrics").text) }
    }

    /// What the counters have of the requests that are compared with what clients were answered.
    private func requests() throws -> [String: [Int: Int]] {
        let samples = try samples
        return Dictionary(
            uniqueKeysWithValues: Self.counted.map { target in
                let classes = (2...5).map { ($0, samples.requests(target, "\($0)xx")) }
                return (target, Dictionary(uniqueKeysWithValues: classes.filter { $0.1 > 0 }))
            })
    }

    /// Each request is counted, once, whatever became of it and of the batches that tell of it.
    private func expectCounts(
        since before: [String: [Int: Int]], _ traffic: Traffic, _ sourceLocation: SourceLocation
    ) throws {
        var told: [String: [Int: Int]] = [:]
        for target in Self.counted {
            for (status, count) in traffic.readings.statuses[target] ?? [:] {
                told[target, default: [:]][status / 100, default: 0] += count
            }
        }
        var counted: [String: [Int: Int]] = [:]
        let isEqual = try eventually {
            counted = try requests().reduce(into: [:]) { result, entry in
                result[entry.key] = entry.value.reduce(into: [:]) { classes, count in
                    let new = count.value - (before[entry.key]?[count.key] ?? 0)
                    if new != 0 { classes[count.key] = new }
                }
            }
            return counted == told
        }
        #expect(isEqual, "counted \(counted), told \(told)", sourceLocation: sourceLocation)
    }

    func stop() {
        set(.none)
        for site in sites { site.stop() }
        for proxy in proxies { proxy.stop() }
        github.stop()
        server.stop()
    }
}

/// Runs a test with two hosts of its own.
func withBesieged(keepsJournals: Bool = false, _ body: @Sendable (Besieged) throws -> Void) async throws {
    try await withTaskExecutorPreference(BlockingExecutor.shared) {
        let besieged = try Besieged(keepsJournals: keepsJournals)
        defer { besieged.stop() }
        try body(besieged)
    }
}

/// Gives all tests of a suite the same two hosts, which end with the suite.
struct BesiegedTrait: SuiteTrait, TestScoping {
    @TaskLocal static var besieged: Besieged?

    var isRecursive: Bool { false }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await withTaskExecutorPreference(BlockingExecutor.shared) {
            let besieged = try Besieged()
            defer { besieged.stop() }
            try await Self.$besieged.withValue(besieged) { try await function() }
        }
    }
}

extension Trait where Self == BesiegedTrait {
    /// Two hosts for all tests of the suite, to be had as `Besieged.current`.
    static var besieged: Self { BesiegedTrait() }
}

extension Besieged {
    /// The hosts of the suite.
    static var current: Besieged {
        get throws { try #require(BesiegedTrait.besieged, "the suite has no trait .besieged") }
    }
}
