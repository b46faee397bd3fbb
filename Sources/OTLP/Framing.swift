import SwiftProtobuf

/// Encoded messages inside of others, by protobuf's rules for the fields that logs and traces have at the same numbers.
///
/// swift-protobuf asks a message for its size once for each message around it. With a record six messages deep that is
/// most of the time of a batch, so every record is encoded by itself, and the three messages around all of them get
/// their content as bytes.
struct Framing {
    /// `ScopeLogs.log_records`, `ScopeSpans.spans`.
    private static let elements: UInt8 = 2
    /// `ResourceLogs.scope_logs`, `ResourceSpans.scope_spans`.
    private static let scopes: UInt8 = 2
    /// `ExportLogsServiceRequest.resource_logs`, `ExportTraceServiceRequest.resource_spans`.
    private static let resources: UInt8 = 1

    private var bytes: [UInt8] = []
    /// How many elements there are.
    private(set) var count = 0

    /// Adds a record or span.
    mutating func append(_ element: some Message) {
        Self.append(element.encoded, as: Self.elements, to: &bytes)
        count += 1
    }

    /// The elements inside of their scope and resource, as the request has them.
    ///
    /// - Parameters:
    ///   - resource: a `ResourceLogs` or `ResourceSpans` with nothing but its resource.
    ///   - scope: a `ScopeLogs` or `ScopeSpans` with nothing but its scope.
    func encoded(resource: some Message, scope: some Message) -> [UInt8] {
        var group = resource.encoded
        Self.append(scope.encoded + bytes, as: Self.scopes, to: &group)
        var request: [UInt8] = []
        Self.append(group, as: Self.resources, to: &request)
        return request
    }

    /// Appends a field of wire type `LEN`: tag, length as a varint, content.
    private static func append(_ content: [UInt8], as field: UInt8, to bytes: inout [UInt8]) {
        bytes.append(field << 3 | 2)
        var length = content.count
        while length >= 0x80 {
            bytes.append(UInt8(length & 0x7F) | 0x80)
            length >>= 7
        }
        bytes.append(UInt8(length))
        bytes.append(contentsOf: content)
    }
}
