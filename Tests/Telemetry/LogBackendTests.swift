import Testing

@testable import Telemetry

@Suite struct LogBackendTests {
    @Test("No metadata takes the place of what a line says of itself")
    func names() {
        #expect(LogBackend.name(ofMetadata: "organisation") == "organisation")
        for name in ["id", "time", "level", "msg", "logger", "request_id", "trace_id", "span_id"] {
            #expect(LogBackend.name(ofMetadata: name) == "metadata_\(name)")
        }
    }
}
