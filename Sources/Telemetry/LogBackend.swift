import Essentials
import Logging

/// What `swift-log` writes to: the recorder of this process, or standard error before there is one. Log records of any
/// library end in the ring this way.
public struct LogBackend: LogHandler {
    /// The recorder of this process. Set once, right after it was forked; the process has one thread.
    nonisolated(unsafe) public static var recorder: Recorder?

    /// Metadata of every record.
    public var metadata: Logger.Metadata = [:]
    private let label: String
    private var ownLevel: Logger.Level?

    /// A handler for the logger with this label.
    public init(label: String) {
        self.label = label
    }

    /// The recorder's level, unless the logger was given one of its own.
    public var logLevel: Logger.Level {
        get { ownLevel ?? Self.recorder?.level ?? .info }
        set { ownLevel = newValue }
    }

    /// Reads and writes one value of the metadata.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Takes a record.
    public func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        var members = all.sorted { $0.key < $1.key }.map { (Self.name(ofMetadata: $0.key), "\($0.value)") }
        if let error = event.error { members.append(("error", "\(error)")) }
        if let recorder = Self.recorder {
            recorder.log(event.level, event.message.description, label: label, members: members)
            return
        }
        var writer = LineWriter(time: .now, level: event.level, message: event.message.description)
        writer.member("logger", label)
        for (name, value) in members { writer.member(name, value) }
        _ = StandardError.write(lines: [UInt8(ascii: "{")] + writer.bytes + [UInt8(ascii: "\n")])
    }
    /// What a line says of itself. An object has each name once, so metadata by one of these is called something else.
    private static let ownNames: Set = [
        "id", "time", "level", "msg", "logger", "request_id", "trace_id", "span_id",
    ]

    static func name(ofMetadata key: String) -> String { ownNames.contains(key) ? "metadata_\(key)" : key }
}
