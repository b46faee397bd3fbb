import Dragonfly
import Essentials
import HTTPClient
import TestSupport
import Testing

@testable import GitHub

/// The cache in a store of its own, as a process sees it.
final class CacheFixture {
    let stores: TestStore
    let store: Store
    var cache: CacheStore { CacheStore(store: store) }

    /// - Parameter server: the server of the store; nil for any.
    init(_ server: StoreServer? = nil) throws {
        stores = try server.map { try TestStore($0) } ?? TestStore()
        store = Store(url: try #require(StoreURL(stores.url)), prefix: stores.prefix, timeout: 5000)
    }

    /// Stores an entry, as who has fetched it does.
    @discardableResult
    func put(_ key: String, _ body: String, at time: Int64) throws -> CacheEntry {
        let entry = CacheEntry.sample(time, body: body)
        let content = try #require(entry.content)
        try conclude(Finding(composed: content), of: key, at: time)
        return entry
    }

    /// Notes that GitHub said 404.
    func putMissing(_ key: String, at time: Int64) throws {
        let answer = HTTPCall.Answer(status: .notFound, fields: [:], body: [])
        let finding = Finding(.success(answer), now: Timestamp(milliseconds: time)) { $0 }
        try conclude(finding, of: key, at: time)
    }

    private func conclude(_ finding: Finding, of key: String, at time: Int64) throws {
        let sequence = try cache.state().sequence
        let concluded = try cache.conclude(
            finding, of: key, since: sequence, hold: "none", now: Timestamp(milliseconds: time)
        ).concluded
        guard case .done = concluded else { throw TestSupportError("\(key) was not stored: \(concluded)") }
    }

    /// Takes an entry out of the store, and tells nobody.
    func lose(_ key: String) throws { try stores.run("DEL", stores.key(CacheKeys.entry(key))) }
}

extension MirrorTask {
    /// Follows the store until nothing is left to do.
    func followAll(_ fixture: CacheFixture) throws {
        for _ in 0..<10_000 where try follow(fixture.cache) { return }
        throw TestSupportError("The tier never gets to the end of it.")
    }
}
