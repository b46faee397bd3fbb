/// The names of telemetry's keys. They share a hash tag, because one script touches them.
public enum TelemetryKeys {
    /// The log ring.
    public static let log = "{telemetry}:log"
    /// The event ring.
    public static let events = "{telemetry}:events"
    /// What waits to be exported by OTLP: log lines and spans, newest first.
    public static let outbox = "{telemetry}:outbox"
    /// The counters: a Prometheus sample name and its value.
    public static let counters = "{telemetry}:counters"
    /// The last id that an entry of a ring was given.
    public static let lastID = "{telemetry}:last_id"
    /// The last batch that a slot of a pool has sent.
    static func batch(_ sender: String) -> String { "{telemetry}:batch:\(sender)" }
}
