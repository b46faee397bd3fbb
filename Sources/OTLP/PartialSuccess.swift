import SwiftProtobuf

/// What a collector says in an answer 200: that it has taken all of a request but so much. It is not to be sent again
/// (OTLP specification, "Partial Success").
public struct PartialSuccess: Sendable {
    /// How many spans, records or data points it has refused; 0 where it only warns.
    public let rejected: Int
    /// Why, in its own words; at most 500 characters.
    public let message: String

    /// Reads the body of an answer; nil if everything was taken, or the body is no such answer.
    public init?(_ body: [UInt8], of signal: Signal) {
        let found: (rejected: Int64, message: String)?
        switch signal {
        case .traces:
            let answer = try? TracesResponse(serializedBytes: body)
            found = answer.map { ($0.partialSuccess.rejectedSpans, $0.partialSuccess.errorMessage) }
        case .logs:
            let answer = try? LogsResponse(serializedBytes: body)
            found = answer.map { ($0.partialSuccess.rejectedLogRecords, $0.partialSuccess.errorMessage) }
        case .metrics:
            let answer = try? MetricsResponse(serializedBytes: body)
            found = answer.map { ($0.partialSuccess.rejectedDataPoints, $0.partialSuccess.errorMessage) }
        }
        guard let found, found.rejected > 0 || !found.message.isEmpty else { return nil }
        rejected = Int(max(0, found.rejected))
        message = String(found.message.prefix(500))
    }
}
