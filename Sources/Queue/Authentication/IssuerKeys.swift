import Crypto
import Dragonfly
import Essentials
import HTTPClient
import HTTPTypes
import Logging
import Web

/// The keys of an issuer, fetched once for all processes and hosts.
///
/// They are asked for again when they are an hour old, or do not have the key that a token names; never more often than
/// once a minute, however many tokens name keys that there are not.
final class IssuerKeys: @unchecked Sendable {
    // A process is single-threaded; nothing here is ever used by two threads.

    /// Milliseconds after which keys are asked for again.
    static let freshness: Int64 = 3_600_000
    /// Milliseconds after which they are not used any more, while the issuer cannot be reached.
    static let keeping: Int64 = 24 * 3_600_000
    /// Milliseconds between two fetches.
    static let pause: Int64 = 60_000
    /// Milliseconds that a fetch may take.
    static let fetchLimit: Int64 = 5000
    /// Bytes that a key set may have.
    private static let sizeLimit = 256 << 10

    private let url: String
    private let digest: String
    private let session: LazySession
    private var memo: Held?

    /// Keys as the store has them.
    private struct Held {
        /// The bytes that all this follows from.
        let record: [UInt8]
        let fetchedAt: Timestamp
        let keys: KeySet

        /// Reads a record: when they were fetched, and the set.
        init?(_ record: [UInt8]) {
            guard let end = record.firstIndex(of: UInt8(ascii: "\n")),
                let time = Int64(String(decoding: record[..<end], as: UTF8.self)),
                let keys = KeySet(Array(record[(end + 1)...]))
            else { return nil }
            self.record = record
            fetchedAt = Timestamp(milliseconds: time)
            self.keys = keys
        }

        static func record(_ keys: KeySet, fetchedAt: Timestamp) -> [UInt8] {
            Array("\(fetchedAt.milliseconds)\n".utf8) + keys.stored
        }

        /// Whether they were fetched so many milliseconds ago at most. Hosts' clocks differ a little.
        func isYounger(than milliseconds: Int64, at now: Timestamp) -> Bool {
            (-IssuerKeys.pause..<milliseconds).contains(now.milliseconds - fetchedAt.milliseconds)
        }
    }

    /// The keys of an issuer.
    ///
    /// - Parameter issuer: its URL, without a slash at the end.
    init(issuer: String, session: LazySession) {
        url = issuer + "/.well-known/jwks"
        digest = Hex.string(Array(SHA256.hash(data: Array(issuer.utf8))).prefix(16))
        self.session = session
    }

    /// The key of an id; nil if the issuer has none.
    ///
    /// - Throws: `Problem` 503 where that cannot be told at present; `StoreError`.
    func key(_ id: String, _ context: Context) throws -> RSAKey? {
        let shared = SharedFetch(
            record: context.store.key("seen:jwks:\(digest)"), lock: context.store.key("lock:jwks:\(digest)"))
        let held = try shared.read(context.store).flatMap(read)
        if let held, held.isYounger(than: Self.freshness, at: context.now), let key = held.keys[id] { return key }
        // Just fetched without it: this is what a flood of invented ids finds.
        if let held, held.isYounger(than: Self.pause, at: context.now) { return nil }

        // Before anybody can be told to wait for this process: one that then may not wait would send them all away.
        if held?.keys[id] == nil { try context.mayWait() }
        let deadline = Timestamp.now.adding(milliseconds: Self.fetchLimit + 1000)
        var state: SharedFetch.State
        do {
            state = try shared.claim(context.store, until: deadline, pause: Self.pause)
        } catch {
            // The store takes no writes. For who may read, old keys have to do.
            guard let key = held?.keys[id] else { throw error }
            return key
        }
        if state == .mine { return try fetch(id, held, shared, context) }
        if let key = held?.keys[id] { return key }
        var record: [UInt8]?
        if case .underWay(let deadline) = state,
            let outcome = try context.wait(until: deadline, for: { try shared.outcome(context.store) })
        {
            (state, record) = outcome
        } else if state == .done {
            record = try shared.read(context.store)
        }
        guard state == .done, let held = record.flatMap(read) else { throw Self.unavailable(state) }
        return held.keys[id]
    }

    /// Parses a record, unless it is the one that was read last.
    private func read(_ record: [UInt8]) -> Held? {
        if let memo, memo.record == record { return memo }
        memo = Held(record)
        return memo
    }

    /// Fetches the keys for all. Where that fails, old ones have to do.
    private func fetch(
        _ id: String, _ held: Held?, _ shared: SharedFetch, _ context: Context
    ) throws -> RSAKey? {
        do {
            try context.mayWait()
        } catch {
            try? shared.fail(context.store, pause: 0)
            guard let key = held?.keys[id] else { throw error }
            return key
        }
        do throws(Failure) {
            let keys = try ask()
            try? shared.finish(
                context.store, with: Held.record(keys, fetchedAt: context.now), keeping: Self.keeping,
                pause: Self.pause)
            return keys[id]
        } catch {
            let consequence = held == nil ? "" : "; the ones of \(held?.fetchedAt.wholeSeconds.rfc3339 ?? "") are used"
            context.logger.warning("the OIDC issuer's keys cannot be fetched: \(error.reason)\(consequence)")
            try? shared.fail(context.store, pause: Self.pause)
            guard let key = held?.keys[id] else { throw Self.unavailable(.failed(pause: Self.pause)) }
            return key
        }
    }

    private struct Failure: Error {
        let reason: String
    }

    private func ask() throws(Failure) -> KeySet {
        let answer: HTTPCall.Answer
        do {
            var call = HTTPCall(.get, url)
            call.fields[.accept] = "application/json"
            call.totalLimit = Int(Self.fetchLimit)
            call.bodyLimit = Self.sizeLimit
            answer = try session.opened().perform(call)
        } catch {
            throw Failure(reason: "\(error)")
        }
        guard answer.status == .ok else { throw Failure(reason: "it answers with \(answer.status.code)") }
        guard let keys = KeySet(answer.body) else { throw Failure(reason: "it names no key that can be used") }
        return keys
    }

    private static func unavailable(_ state: SharedFetch.State) -> Problem {
        var seconds: Int64 = 1
        if case .failed(let pause) = state { seconds = max(1, (pause + 999) / 1000) }
        return Problem(
            .serviceUnavailable,
            "The keys of the token's issuer cannot be had at present; send the request again in \(seconds) s.",
            headers: [.retryAfter: String(seconds)])
    }
}
