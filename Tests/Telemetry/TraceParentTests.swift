import Testing

@testable import Telemetry

@Suite struct TraceParentTests {
    private static let id = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let span = "00f067aa0ba902b7"

    @Test(
        "A valid traceparent is gone on with",
        arguments: [
            "00-\(id)-\(span)-01", "00-\(id)-\(span)-00", "00-\(id)-\(span)-ff", "cc-\(id)-\(span)-01",
            "01-\(id)-\(span)-01-what-comes-later",
        ])
    func valid(text: String) throws {
        let trace = try #require(TraceParent(text))
        #expect(trace.traceID == Self.id)
        #expect(trace.spanID == Self.span)
    }

    @Test(
        "Anything else is not",
        arguments: [
            "", "00", "00-\(id)-\(span)", "00-\(id)-\(span)-01-", "00-\(id)-\(span)-01-x", "ff-\(id)-\(span)-01",
            "00-\(id.uppercased())-\(span)-01", "00-00000000000000000000000000000000-\(span)-01",
            "00-\(id)-0000000000000000-01", "00-\(id)0-\(span)-01", "00-\(id.dropLast())-\(span)-01",
            "0-\(id)-\(span)-01",
            "00-\(id)-\(span)-1", "00-\(id)-\(span)-0g", " 00-\(id)-\(span)-01", "00-\(id)-\(span)-01 ",
            "FF-\(id)-\(span)-01",
        ])
    func invalid(text: String) {
        #expect(TraceParent(text) == nil)
    }
}
