import Agent
import Essentials
import HTTPClient
import HTTPTypes

/// Brings the requests of one signal to their endpoint, one after the other, each until the collector has taken or
/// refused it: as the OTLP specification says in "OTLP/HTTP Response" and "OTLP/HTTP Throttling".
final class Delivery {
    /// Bytes of an answer: it has at most a sentence to say.
    private static let bodyLimit = 1 << 20

    private let signal: Signal
    private let template: HTTPCall
    private let secrets: [String]
    private let collector: Collector
    private var request: (body: [UInt8], count: Int)?
    private var backoff = Backoff(first: 1000, limit: 30_000)
    private var retryAt: UInt64 = 0

    /// Whether a call is under way.
    private(set) var isCalling = false
    /// How many spans, log records or data points the collector has refused for good so far.
    private(set) var refused = 0

    /// A delivery; the `collectors` are shared with the other signals.
    init(_ signal: Signal, to exporter: OTLPSettings.Exporter, _ collectors: Collectors) {
        self.signal = signal
        collector = collectors.collector(of: exporter.url)
        secrets = exporter.headers.map(\.value)
        var call = HTTPCall(.post, exporter.url)
        call.fields[.contentType] = Signal.mediaType
        for header in exporter.headers {
            if let name = HTTPField.Name(header.name) { call.fields[name] = header.value }
        }
        call.totalLimit = exporter.timeout
        call.connectLimit = min(call.connectLimit, exporter.timeout)
        call.bodyLimit = Self.bodyLimit
        // What arrives twice has the same ids and times.
        call.isRepeatable = true
        template = call
    }

    /// Whether there is nothing to deliver.
    var isDone: Bool { request == nil }

    /// Takes a request over, in place of one that waits to be repeated.
    ///
    /// - Parameters:
    ///   - count: how many spans, log records or data points are in it.
    func send(_ body: [UInt8], count: Int) {
        precondition(!isCalling, "a request is under way")
        request = (body, count)
    }

    /// Forgets a request that waits to be repeated.
    func withdraw() {
        precondition(!isCalling, "a request is under way")
        request = nil
    }

    /// Calls the collector if that is due.
    ///
    /// - Returns: when to ask again, in microseconds of the monotonic clock; `.max` for nothing to do until a call
    ///   ends.
    func step(for task: any AgentTask, _ agent: AgentContext) -> UInt64 {
        guard let request, !isCalling else { return .max }
        guard MonotonicClock.microseconds >= retryAt else { return retryAt }
        var call = template
        call.body = request.body
        isCalling = true
        agent.start(call, for: task) { [unowned self] result in
            isCalling = false
            switch result {
            case .success(let answer): conclude(answer, request.count, agent)
            case .failure(let failure):
                switch failure.kind {
                // The agent ends.
                case .cancelled: break
                case .invalid, .tooLarge: refuse(request.count, because: failure.reason, agent)
                case .resolve, .connect, .timeout, .tls, .redirect, .broken: wait(nil, because: failure.reason, agent)
                }
            }
        }
        return .max
    }

    private func conclude(_ answer: HTTPCall.Answer, _ count: Int, _ agent: AgentContext) {
        switch answer.status.code {
        case 200..<300:
            finish(agent)
            guard let partial = PartialSuccess(answer.body, of: signal) else { return }
            refused += min(partial.rejected, count)
            let hasSecret = secrets.contains { !$0.isEmpty && partial.message.contains($0) }
            let words = partial.message.isEmpty || hasSecret ? "" : ": \(partial.message)"
            collector.complain("it takes all but \(partial.rejected) of \(count) \(signal.things)\(words)", agent.log)
        case 429, 502, 503, 504: wait(answer, because: "it answers with \(answer.status.code)", agent)
        default: refuse(count, because: "it answers with \(answer.status.code)", agent)
        }
    }

    private func finish(_ agent: AgentContext) {
        request = nil
        backoff.succeed()
        collector.takes(signal, agent.log)
    }

    private func refuse(_ count: Int, because reason: String, _ agent: AgentContext) {
        finish(agent)
        refused += count
        collector.complain("it refuses \(count) \(signal.things) for good: \(reason)", agent.log)
    }

    private func wait(_ answer: HTTPCall.Answer?, because reason: String, _ agent: AgentContext) {
        retryAt = MonotonicClock.microseconds + backoff.fail(answer)
        collector.fails(signal, because: reason, agent.log)
    }
}
