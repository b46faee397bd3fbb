import Foundation
import TestSupport

/// Two hosts that keep journals, and a store that can lose what it has.
final class Lossy: Sendable {
    let server: StoreServer
    let store: TestStore
    let sites: [Site]
    private let files: TemporaryDirectory
    /// Where each host keeps its journal.
    private let journals: [String]

    /// - Parameters:
    ///   - journal: where the first one keeps its own; nil for a place like the others'.
    ///   - program: what it runs; nil for the program under test.
    init(journal: String? = nil, program: String? = nil) throws {
        files = try TemporaryDirectory()
        let server = try StoreServer()
        let store = try TestStore(server)
        self.server = server
        self.store = store
        let directory = files.path
        journals = [journal ?? "\(directory)/north", "\(directory)/south"]
        let own = ["CHIMNEY_JOURNAL_DIR": journals[0], "CHIMNEY_JOURNAL_SIZE": "16"]
        let north = Self.environment("north", in: directory).merging(journal == nil ? [:] : own) { $1 }
        sites = [
            try Site("north", store: store, environment: north, binary: program),
            try Site("south", store: store, environment: Self.environment("south", in: directory)),
        ]
    }

    private static func environment(_ name: String, in directory: String) -> [String: String] {
        Traffic.environment.merging(["CHIMNEY_JOURNAL_DIR": "\(directory)/\(name)"]) { $1 }
    }

    func environment(_ name: String) -> [String: String] {
        ["CHIMNEY_HOST": name].merging(store.environment) { $1 }
            .merging(Self.environment(name, in: files.path)) { $1 }
    }

    /// Starts a host again.
    func start(_ name: String) throws -> Site {
        try Site(name, store: store, environment: Self.environment(name, in: files.path))
    }

    /// The hosts that one has noted to be there.
    func knownHosts(_ index: Int) -> Set<String> { Self.knownHosts(in: journals[index]) }

    /// The hosts that one that keeps its journal in a directory has noted to be there.
    static func knownHosts(in journal: String) -> Set<String> {
        let text = (try? String(contentsOfFile: journal + "/hosts", encoding: .utf8)) ?? ""
        return Set(text.split(separator: "\n").map { String($0.prefix { $0 != "\t" }) })
    }

    /// Waits until each has noted whom to wait for.
    func knowEachOther() -> Bool {
        eventually { (0..<2).allSatisfy { knownHosts($0) == ["north", "south"] } }
    }

    /// Posts again and again until that is taken.
    func insist(_ index: Int, _ path: String, _ body: String) throws -> HTTPAnswer {
        let answer = value(within: 40) {
            let answer = try? sites[index].http.post(path, body, token: Origin.deployToken)
            return answer.flatMap { $0.status < 500 ? $0 : nil }
        }
        guard let answer else { throw TestSupportError("POST \(path) is not taken.") }
        return answer
    }

    func stop() {
        for site in sites { site.stop() }
        server.stop()
    }
}

/// Runs a test with them, which end with it.
func withJournals(
    journal: String? = nil, program: String? = nil, _ body: @Sendable (Lossy) async throws -> Void
) async throws {
    try await withTaskExecutorPreference(BlockingExecutor.shared) {
        let lossy = try Lossy(journal: journal, program: program)
        defer { lossy.stop() }
        try await body(lossy)
    }
}
