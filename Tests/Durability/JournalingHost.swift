import Dragonfly
import Durability
import Essentials
import Journal
import TestSupport
import Testing
import Web

@testable import Deploys
@testable import Queue

/// A host that keeps a journal, as far as it writes to the store and restores what it has: a worker and, where it is told
/// to, an agent.
struct JournalingHost {
    static let organisation = "acme"
    let name: String
    let journal: Journal
    let store: Store
    private let ring: DeployRing
    private let restoration: ManualRestoration

    /// A host with a store of its own connection, and a journal in a directory.
    ///
    /// - Parameters:
    ///   - address: how it reaches the store; nil for as everybody does.
    ///   - needsJournal: whether it writes nothing where that cannot be written.
    init(
        _ name: String, directory: String, _ test: TestStore, by address: String? = nil, needsJournal: Bool = true
    ) throws {
        self.name = name
        journal = Journal(directory: directory, size: 16 << 20)
        let url = try #require(StoreURL(address ?? test.url))
        store = Store(
            url: url, prefix: test.prefix, timeout: 5000, journal: journal, needsJournal: needsJournal)
        ring = DeployRing(prefix: test.prefix)
        restoration = ManualRestoration(
            journal, restorers: [Deploys.restorer, Queue.restorer],
            store: Store(url: url, prefix: test.prefix, timeout: 5000), host: name)
    }

    /// Restores what its journal has; returns what is said of it.
    @discardableResult
    func restore(alone: Bool = true) throws -> [String] {
        var said: [String] = []
        #expect(try restoration.run(isAlone: alone) { said.append($0) })
        return said
    }

    /// How many entries of its journal the store lacks, which has them from now on.
    func lacking() throws -> Int? {
        try restore().compactMap { $0.wholeMatch(of: /Of \d+ entries in .* the store lacked (\d+)\./) }
            .first.flatMap { Int($0.output.1) }
    }

    // MARK: Deploys

    /// Records a deploy; returns whether it was new.
    @discardableResult
    func deploy(_ number: Int, outcome: DeployOutcome = .success, at milliseconds: Int64 = 0) throws -> Bool {
        let now = Timestamp(milliseconds: 1_771_668_780_000 + milliseconds)
        let event = DeployEvent(
            sha: Self.sha(number), outcome: outcome, slot: .blue, duration: 1, deployedAt: now, pullRequest: nil,
            title: "number \(number)", originIPs: [], service: nil)
        let identity = DeployEvent.identity(of: ["test", "\(number)"])
        switch try ring.add(event, as: identity, within: nil, now: now, telling: nil, to: store) {
        case .stored: return true
        case .duplicate: return false
        }
    }

    static func sha(_ number: Int) -> String { String(0xAAAA_0000 + number, radix: 16) }

    /// The ring: the numbers of its events, the oldest first, and how many there were ever.
    func ringNumbers() throws -> (numbers: [Int], total: Int64) {
        guard let content = try ring.content(of: store) else { return ([], 0) }
        let numbers = content.events.reversed().compactMap { Int($0.sha, radix: 16).map { $0 - 0xAAAA_0000 } }
        return (numbers, content.total)
    }

    // MARK: Queue

    var queue: QueueStore { QueueStore(store, organisation: Self.organisation) }
    private var identity: Identity { Identity(organisation: Self.organisation, actor: name) }

    func repetition(_ key: String) -> Idempotency { Idempotency(key: key, digest: "digest of \(key)") }

    /// Makes a deployment; returns its id.
    ///
    /// - Parameter parameters: what its pipeline is given, which can be long.
    @discardableResult
    func create(
        _ name: String = "web", version: String = "1.0.0", key: String = "", parameters: String = ""
    ) throws -> String {
        let body = #"""
            {"name":"\#(name)","version":"\#(version)","provider":"aws","type":"k8s",
            "pipeline_extra_params":"\#(parameters)"}
            """#
        let posted = try FieldReader.read(PostedDeployment.self, from: Array(body.utf8))
        return try queue.create(
            posted, by: identity, limit: 1000,
            idempotency: key.isEmpty ? Idempotency(key: "", digest: "") : repetition(key)
        ).deployment.id
    }

    /// Claims the oldest deployment of a name; returns its id.
    func claim(_ name: String, key: String) throws -> String? {
        try queue.claim(ListFilter(values: [.name: name]), by: identity, idempotency: repetition(key))?.deployment.id
    }

    func change(_ id: String, to status: Status) throws {
        _ = try queue.change(id, PostedChange(status: status), by: identity)
    }

    func change(_ id: String, notes: String) throws {
        let posted = try FieldReader.read(PostedChange.self, from: Array(#"{"notes":"\#(notes)"}"#.utf8))
        _ = try queue.change(id, posted, by: identity)
    }

    /// Replaces what is deployed of a name; returns the id of the rollback.
    func rollBack(_ id: String, key: String = "") throws -> String {
        let deployment = try #require(try queue.deployment(id))
        return try queue.rollBack(
            .deployment(deployment), to: nil, by: identity, limit: 1000,
            idempotency: key.isEmpty ? Idempotency(key: "", digest: "") : repetition(key)
        ).deployment.id
    }
}

/// Two of them on one store of their own, which both have restored.
struct JournalingHosts {
    let files: TemporaryDirectory
    let server: StoreServer
    let test: TestStore
    let north: JournalingHost
    let south: JournalingHost

    init() throws {
        files = try TemporaryDirectory()
        server = try StoreServer()
        test = try TestStore(server)
        north = try JournalingHost("north", directory: files.file("north"), test)
        south = try JournalingHost("south", directory: files.file("south"), test)
        // The first one does not know of the second before that has come.
        for host in [north, south, north] { try host.restore() }
    }

    /// Has the store lose everything.
    func crash() throws {
        server.crash()
        try server.start()
    }
}

/// Why the store has refused something; nil if it has not.
func refusal(_ body: () throws -> Void) -> StoreError? {
    do {
        try body()
        return nil
    } catch { return error as? StoreError }
}
