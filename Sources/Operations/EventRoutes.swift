import FastCGI
import Telemetry
import Web

/// The ring of events as it can be asked for.
enum EventRoutes {
    private static let ring = Ring(key: TelemetryKeys.events, bound: EventLine.ringBound, tellsOutages: true) { line in
        EventLine(line).map { Ring.Entry(id: $0.id, type: $0.type, line: line) }
    }

    /// The events as they come, each by the name of its type.
    static func stream(_ request: Request, _ context: Context) throws -> Response {
        try context.stream(ring, to: request)
    }
}
