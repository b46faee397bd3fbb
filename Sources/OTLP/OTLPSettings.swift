import Essentials

/// What OpenTelemetry's environment variables say of exporting, by its specifications "OpenTelemetry Protocol Exporter"
/// and "Environment Variable Specification".
///
/// Of each `OTEL_EXPORTER_OTLP_` variable one for a signal (`…_TRACES_ENDPOINT`) counts more than the one for all.
public struct OTLPSettings: Sendable {
    /// Where a signal goes.
    public struct Exporter: Sendable {
        /// The whole URL, without credentials and query.
        public let url: String
        /// Header fields of every request. Their values are secret; they describe themselves by their names.
        public let headers: [NamedSecret]
        /// How long a request may take, in milliseconds.
        public let timeout: Int
    }

    /// Milliseconds from one export of metrics to the next.
    public let metricInterval: Int
    private let exporters: [Signal: Exporter]

    /// Where a signal goes; nil if it is not exported, by `OTEL_SDK_DISABLED` or `OTEL_<SIGNAL>_EXPORTER=none`.
    public subscript(signal: Signal) -> Exporter? { exporters[signal] }

    /// Whether log lines or spans are exported, for which they have to be put into the outbox.
    public var usesOutbox: Bool { self[.traces] != nil || self[.logs] != nil }

    /// Reads the variables; what is wrong with them is noted in the settings, also where nothing is to be exported.
    public init(_ settings: inout Settings) {
        let isDisabled = settings.bool("OTEL_SDK_DISABLED", default: false)
        metricInterval = settings.integer("OTEL_METRIC_EXPORT_INTERVAL", default: 15_000, in: 1000...3_600_000)
        let common = Variables(prefix: "OTEL_EXPORTER_OTLP_", &settings)
        var exporters: [Signal: Exporter] = [:]
        for signal in Signal.allCases {
            let isWanted = settings.value(
                "OTEL_\(signal.variable)_EXPORTER", default: true,
                remedy: "is neither otlp nor none; set one of them, there is no other exporter"
            ) { ["otlp": true, "none": false][$0] }
            let own = Variables(prefix: "OTEL_EXPORTER_OTLP_\(signal.variable)_", &settings)
            if isDisabled || !isWanted { continue }
            exporters[signal] = Exporter(
                url: own.endpoint?.url ?? common.endpoint?.appending(signal.path)
                    ?? "http://localhost:4318/\(signal.path)",
                headers: own.headers ?? common.headers ?? [], timeout: own.timeout ?? common.timeout ?? 10_000)
        }
        self.exporters = exporters
    }
}

/// The variables with one prefix: those for all signals, or those for one.
private struct Variables {
    let endpoint: Endpoint?
    let headers: [NamedSecret]?
    let timeout: Int?

    init(prefix: String, _ settings: inout Settings) {
        endpoint = settings.value(
            prefix + "ENDPOINT", default: nil,
            remedy:
                "is not an endpoint; set for example http://localhost:4318 or https://otel.example.org/path, without"
                + " credentials, query or fragment (secrets belong to \(prefix)HEADERS)"
        ) { Endpoint($0).map(Optional.some) }
        headers = Self.headers(prefix + "HEADERS", &settings)
        timeout =
            settings.string(prefix + "TIMEOUT") == nil
            ? nil : settings.integer(prefix + "TIMEOUT", default: 10_000, in: 1...600_000)
        _ = settings.value(
            prefix + "COMPRESSION", default: true,
            remedy: "is not none; set none or unset it, chimney does not compress what it exports"
        ) { $0 == "none" ? true : nil }
        _ = settings.value(
            prefix + "PROTOCOL", default: true,
            remedy: "is not http/protobuf, the only protocol that chimney exports by; set that or unset it"
        ) { $0 == "http/protobuf" ? true : nil }
    }

    /// What the exporter itself says of a request.
    private static let reserved: Set = [
        "host", "content-type", "content-length", "content-encoding", "transfer-encoding", "connection",
    ]

    private static func headers(_ name: String, _ settings: inout Settings) -> [NamedSecret]? {
        guard let text = settings.secretText(name) else { return nil }
        guard let pairs = NameValueList.parse(text.value), pairs.allSatisfy({ isField($0.name, $0.value) }) else {
            settings.reject(
                text.variable,
                "is not a list such as api-key=secret,x-team=web; percent-encode what is not letters or digits in the values"
            )
            return nil
        }
        if let pair = pairs.first(where: { reserved.contains($0.name.lowercased()) }) {
            settings.reject(text.variable, "sets \(pair.name), which is up to chimney; leave it out")
            return nil
        }
        return pairs.map { NamedSecret(name: $0.name, value: $0.value) }
    }

    /// Whether it can be a header field (RFC 9110, section 5): a token, and a value without control characters.
    private static func isField(_ name: String, _ value: String) -> Bool {
        name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
            }
        } && value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
    }
}
