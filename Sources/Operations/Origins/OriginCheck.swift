import Essentials
import HTTPClient
import HTTPTypes

/// What came of asking an origin once how it is.
struct OriginCheck {
    /// Characters that are kept of a reason.
    private static let longestError = 200

    /// When the answer was there, or no longer waited for.
    let time: Timestamp
    /// The status that it answered with; nil without an answer.
    let status: Int?
    /// How long the answer took, in microseconds; nil without one.
    let latency: UInt64?
    /// Why it is not as it should be, without secrets; nil if it is.
    let error: String?

    /// Whether it is as it should be.
    var isUp: Bool { error == nil }

    /// A check.
    init(time: Timestamp, status: Int? = nil, latency: UInt64? = nil, error: String? = nil) {
        self.time = time
        self.status = status
        self.latency = latency
        self.error = error
    }

    /// What a call to its `/healthz` has come to. 200 is what an origin answers that serves requests, one that does so
    /// without its store too.
    init(_ result: Result<HTTPCall.Answer, HTTPCall.Failure>, at time: Timestamp) {
        switch result {
        case .success(let answer):
            self.init(
                time: time, status: answer.status.code, latency: answer.microseconds,
                error: answer.status == .ok ? nil : "it answers with \(answer.status.code)")
        case .failure(let failure):
            self.init(time: time, error: String(failure.reason.prefix(Self.longestError)))
        }
    }

    /// The check as the store keeps it and clients get it.
    var json: [UInt8] {
        JSONWriter.object { json in
            json.key("time")
            var text: [UInt8] = [UInt8(ascii: "\"")]
            time.write(to: &text, fraction: true)
            json.raw(text + [UInt8(ascii: "\"")])
            json.member("up", isUp)
            json.member("status", status)
            json.member("latency_ms", latency.map { Double($0) / 1000 })
            json.member("error", error)
        }
    }
}
