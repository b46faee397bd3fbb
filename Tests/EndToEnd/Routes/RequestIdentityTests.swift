import TestSupport
import Testing

extension EndToEnd {
    /// Request and trace ids: the caller's where they are well formed, otherwise new ones.
    @Suite(.origin()) struct RequestIdentityTests {
        let origin: Origin
        /// One that a worker answers, one that the front end does, one that breaks a rule.
        static let paths = ["/health", "/nothing", "/api/nothing", "/api/deploy/events?limit=0"]

        init() throws { origin = try .current }

        @Test(arguments: [
            "a", "Z9._-", String(repeating: "x", count: 128), "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
            "0123456789", "..", "-",
        ])
        func wellFormedRequestIDsAreAdopted(_ id: String) throws {
            for path in Self.paths {
                let answer = try origin.get(path, [("X-Request-ID", id)])
                #expect(answer["X-Request-ID"] == id, "\(path)")
                expectCommonForm(answer)
            }
        }

        @Test(arguments: [
            "", String(repeating: "x", count: 129), "a b", "a/b", "a\"b", "a\tb", "ä", "a,b", "<script>", "a{b}",
            "{http.request.uuid}", "a\\b", "a%0d%0ab",
        ])
        func otherRequestIDsAreReplaced(_ id: String) throws {
            for path in Self.paths {
                let fields = [("X-Request-ID", id)]
                let ids = try [origin.get(path, fields), origin.get(path, fields)].map { $0["X-Request-ID"] ?? "" }
                for new in ids {
                    #expect(new != id)
                    #expect(new.wholeMatch(of: #/[A-Za-z0-9._-]{1,128}/#) != nil, "\(path): \(new)")
                }
                #expect(ids[0] != ids[1], "\(path)")
            }
        }

        @Test func everyRequestHasAnIDOfItsOwn() throws {
            let ids = try (0..<50).map { _ in try origin.get("/health")["X-Request-ID"] ?? "" }
            #expect(Set(ids).count == 50)
            let traces = try (0..<50).map { _ in try origin.get("/health")["X-Trace-ID"] ?? "" }
            #expect(Set(traces).count == 50)
        }

        static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"

        @Test(arguments: [
            "00-\(trace)-00f067aa0ba902b7-01", "00-\(trace)-00f067aa0ba902b7-00", "00-\(trace)-00f067aa0ba902b7-ff",
        ])
        func validTracesAreContinued(_ traceparent: String) throws {
            for path in Self.paths {
                #expect(try origin.get(path, [("traceparent", traceparent)])["X-Trace-ID"] == Self.trace, "\(path)")
            }
        }

        @Test(arguments: ["cc-\(trace)-00f067aa0ba902b7-01", "cc-\(trace)-00f067aa0ba902b7-01-what-comes"])
        func tracesOfVersionsToComeAreContinued(_ traceparent: String) throws {
            #expect(try origin.get("/health", [("traceparent", traceparent)])["X-Trace-ID"] == Self.trace)
        }

        @Test(arguments: [
            "", "x", trace, "00-\(trace)", "00-\(trace)-00f067aa0ba902b7", "00-\(trace)-00f067aa0ba902b7-01-x",
            "ff-\(trace)-00f067aa0ba902b7-01", "00-\(trace.uppercased())-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01", "00-\(trace)-0000000000000000-01",
            "00-\(trace)0-00f067aa0ba902b7-01", "00-\(trace.dropLast())-00f067aa0ba902b7-01",
            "00-\(trace)-00f067aa0ba902b-01", "00-\(trace)-00f067aa0ba902b7-1", "0-\(trace)-00f067aa0ba902b7-01",
            "00-\(trace.dropLast())g-00f067aa0ba902b7-01", "00_\(trace)_00f067aa0ba902b7_01",
        ])
        func otherTracesAreReplaced(_ traceparent: String) throws {
            for path in ["/health", "/api/nothing"] {
                let answer = try origin.get(path, [("traceparent", traceparent)])
                #expect(answer["X-Trace-ID"] != Self.trace)
                expectCommonForm(answer)
            }
        }

        @Test func theLogHasTheIDsOfTheAnswer() throws {
            let id = "request-\(Event.freshSHA())"
            let answer = try origin.get("/api/version", [("X-Request-ID", id)])
            let line = try value { try origin.logLines("request_id=\(id)").first }
            #expect(line?.request_id?.text == id)
            #expect(line?.trace_id?.text == answer["X-Trace-ID"])
        }
    }
}
