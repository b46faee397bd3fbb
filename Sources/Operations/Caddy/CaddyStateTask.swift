import Agent
import Dragonfly
import Essentials
import FoundationEssentials
import HTTPClient
import HTTPTypes

/// Asks this host's Caddy how it is, by its admin endpoint, and leaves that in the store.
final class CaddyStateTask: AgentTask {
    let name = "Caddy's state"

    /// Microseconds between two questions.
    private static let interval: UInt64 = 10_000_000
    /// Microseconds after which it is asked again that did not answer: it may just be starting.
    private static let retryPause: UInt64 = 2_000_000
    /// How many upstreams are kept.
    private static let upstreamLimit = 100

    private let url: String
    private let origin: String?
    private var isCalling = false
    private var askAt: UInt64 = 0
    private var state: CaddyState?

    /// A task.
    ///
    /// - Parameters:
    ///   - admin: the address of the admin endpoint, `localhost:2019`.
    ///   - origin: which of the origins this host is; nil where that is unknown.
    init(admin: String, origin: String?) {
        url = "http://\(admin)/reverse_proxy/upstreams"
        self.origin = origin
    }

    func step(_ agent: AgentContext) throws(StoreError) -> UInt64 {
        if let state {
            _ = try agent.store.run(
                Command(
                    "HSET", [Array(agent.store.key(CaddyState.key).utf8), Array(agent.host.utf8), state.stored]))
            self.state = nil
        }
        guard !isCalling, MonotonicClock.microseconds >= askAt else { return askAt }
        askAt = MonotonicClock.microseconds + Self.interval
        isCalling = true
        var call = HTTPCall(.get, url)
        call.totalLimit = 3000
        call.bodyLimit = 1 << 20
        agent.start(call, for: self) { [unowned self] result in
            isCalling = false
            let state = state(of: result)
            if !state.up { askAt = MonotonicClock.microseconds + Self.retryPause }
            self.state = state
        }
        return askAt
    }

    func stop(_ agent: AgentContext) throws(StoreError) -> Bool { true }

    private struct Upstream: Decodable {
        let address: String
        let num_requests: Int
        let fails: Int
    }

    private func state(of result: Result<HTTPCall.Answer, HTTPCall.Failure>) -> CaddyState {
        let now = Timestamp.now.milliseconds
        guard case .success(let answer) = result, answer.status == .ok,
            // Without any upstream it answers `null`.
            let upstreams = try? JSONDecoder().decode([Upstream]?.self, from: Data(answer.body)) ?? []
        else { return CaddyState(time: now, up: false, origin: origin) }
        return CaddyState(
            time: now, up: true, origin: origin,
            upstreams: upstreams.prefix(Self.upstreamLimit).map {
                CaddyState.Upstream(address: $0.address, requests: $0.num_requests, fails: $0.fails)
            })
    }
}
