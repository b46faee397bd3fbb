import Testing

@testable import Telemetry

private func text(_ write: (inout Exposition) -> Void) -> String {
    var exposition = Exposition()
    write(&exposition)
    return String(decoding: exposition.bytes, as: UTF8.self)
}

@Suite struct ExpositionTests {
    @Test("A metric with and without labels")
    func metric() {
        let written = text {
            $0.add("up", .gauge, help: "Whether it is up.", samples: [("", "1")])
            $0.add("n", .counter, help: "N.", samples: [(#"a="x""#, "1"), (#"a="y""#, "2")])
        }
        #expect(
            written == """
                # HELP up Whether it is up.
                # TYPE up gauge
                up 1
                # HELP n N.
                # TYPE n counter
                n{a="x"} 1
                n{a="y"} 2

                """)
    }

    @Test("Without a count, the counters without labels begin at 0")
    func beginning() {
        let lines = text { $0.add(counters: [:]) }.split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(lines == ["chimney_panics_total 0", "chimney_log_dropped_total 0", "chimney_export_dropped_total 0"])
    }

    @Test("A histogram has all its buckets in ascending order, and its sum in milliseconds")
    func histogram() {
        let written = text {
            $0.add(counters: [
                #"chimney_request_duration_ms_bucket{route="/a",le="100"}"#: 2,
                #"chimney_request_duration_ms_bucket{route="/a",le="+Inf"}"#: 3,
                #"chimney_request_duration_ms_bucket{route="/a",le="500"}"#: 3,
                #"chimney_request_duration_ms_bucket{route="/a",le="2000"}"#: 3,
                #"chimney_request_duration_ms_sum{route="/a"}"#: 1_234_005,
                #"chimney_request_duration_ms_count{route="/a"}"#: 3,
                "chimney_queue_wait_ms_count": 1, "chimney_queue_wait_ms_sum": 7,
                #"chimney_queue_wait_ms_bucket{le="+Inf"}"#: 1,
            ])
        }
        #expect(
            written.contains(
                """
                # TYPE chimney_request_duration_ms histogram
                chimney_request_duration_ms_bucket{route="/a",le="5"} 0
                chimney_request_duration_ms_bucket{route="/a",le="25"} 0
                chimney_request_duration_ms_bucket{route="/a",le="100"} 2
                chimney_request_duration_ms_bucket{route="/a",le="500"} 3
                chimney_request_duration_ms_bucket{route="/a",le="2000"} 3
                chimney_request_duration_ms_bucket{route="/a",le="+Inf"} 3
                chimney_request_duration_ms_sum{route="/a"} 1234.005
                chimney_request_duration_ms_count{route="/a"} 3

                """))
        #expect(written.contains("chimney_queue_wait_ms_sum 0.007\nchimney_queue_wait_ms_count 1\n"))
        #expect(written.contains(#"chimney_queue_wait_ms_bucket{le="5"} 0"#))
    }

    @Test("What belongs to no known family is left out")
    func unknown() {
        let written = text { $0.add(counters: ["chimney_other_total": 5, "chimney_requests_totally{a=\"b\"}": 1]) }
        #expect(!written.contains("other"))
        #expect(!written.contains("totally"))
    }

    @Test(
        "Label values are escaped",
        arguments: [("plain", "plain"), ("a\"b", "a\\\"b"), ("a\\b", "a\\\\b"), ("a\nb", "a\\nb"), ("ü", "ü")])
    func escaping(value: String, expected: String) {
        #expect(Exposition.escaped(value) == expected)
    }
}
