import Foundation
import TestSupport
import Testing

/// Two hosts that keep journals, and a store that can lose what it has.
final class Lossy: Sendable {
    let server: StoreServer
    let store: TestStore
    let sites: [Site]
    private let files: TemporaryDirectory

    init() throws {
        files = try TemporaryDirectory()
        let server = try StoreServer()
        let store = try TestStore(server)
        self.server = server
        self.store = store
        let directory = files.path
        sites = try ["north", "south"].map { name in
            try Site(name, store: store, environment: Self.environment(name, in: directory))
        }
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

    /// Waits until each host has noted that it has to wait for the other, which takes it half a second from its start: what a
    /// host has that nobody has heard of yet comes in a moment after the others declare the store to be up to date.
    func awaitAcquaintance(sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(
            eventually { (0..<2).allSatisfy { knownHosts($0) == ["north", "south"] } },
            sourceLocation: sourceLocation)
    }

    /// The hosts that one has noted to be there.
    private func knownHosts(_ index: Int) -> Set<String> {
        let path = files.path + "/" + ["north", "south"][index] + "/hosts"
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        return Set(text.split(separator: "\n").map { String($0.prefix { $0 != "\t" }) })
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
func withJournals(_ body: @Sendable (Lossy) async throws -> Void) async throws {
    try await withTaskExecutorPreference(BlockingExecutor.shared) {
        let lossy = try Lossy()
        defer { lossy.stop() }
        try await body(lossy)
    }
}
