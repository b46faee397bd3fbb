import Testing

@testable import Telemetry

private func text(_ families: [MetricFamily]) -> String {
    String(decoding: Exposition.bytes(of: families), as: UTF8.self)
}

private func text(counters: [String: Int64]) -> String { text(CounterFamilies.families(of: counters)) }

@Suite struct ExpositionTests {
    @Test("A metric with and without labels")
    func metric() {
        let written = text([
            MetricFamily("up", .gauge, help: "Whether it is up.", value: 1),
            MetricFamily(
                "n", .counter, help: "N.",
                series: [
                    MetricFamily.Series([MetricFamily.Label("a", "x"), MetricFamily.Label("b", "q\"")], .number(1)),
                    MetricFamily.Series([MetricFamily.Label("a", "y")], .number(2)),
                ]),
        ])
        #expect(
            written == """
                # HELP up Whether it is up.
                # TYPE up gauge
                up 1
                # HELP n N.
                # TYPE n counter
                n{a="x",b="q\\""} 1
                n{a="y"} 2

                """)
    }

    @Test("Without a count, the counters whose labels are known begin at 0, in one family each")
    func beginning() {
        let lines = text(counters: [:]).split(separator: "\n")
        #expect(
            lines.filter { !$0.hasPrefix("#") } == [
                #"chimney_cache_hits_total{tier="dragonfly"} 0"#, #"chimney_cache_hits_total{tier="memory"} 0"#,
                "chimney_cache_misses_total 0", "chimney_cache_invalidations_total 0",
                #"chimney_github_fetches_total{outcome="failed"} 0"#,
                #"chimney_github_fetches_total{outcome="not_found"} 0"#,
                #"chimney_github_fetches_total{outcome="not_modified"} 0"#,
                #"chimney_github_fetches_total{outcome="ok"} 0"#,
                #"chimney_github_fetches_total{outcome="rate_limited"} 0"#,
                #"chimney_github_fetches_total{outcome="refused"} 0"#,
                #"auth_requests_total{method="local",success="false"} 0"#,
                #"auth_requests_total{method="local",success="true"} 0"#,
                #"auth_requests_total{method="oidc",success="false"} 0"#,
                #"auth_requests_total{method="oidc",success="true"} 0"#,
                #"auth_requests_total{method="pat",success="false"} 0"#,
                #"auth_requests_total{method="pat",success="true"} 0"#,
                "chimney_panics_total 0", "chimney_log_dropped_total 0", "chimney_export_dropped_total 0",
            ])
        #expect(lines.count { $0.hasPrefix("# TYPE") } == 8)
        #expect(text(counters: ["chimney_cache_misses_total": 3]).contains("\nchimney_cache_misses_total 3\n"))
    }

    @Test("A histogram has all its buckets in ascending order, and its sum in milliseconds")
    func histogram() {
        let written = text(counters: [
            #"chimney_request_duration_ms_bucket{route="/a",le="100"}"#: 2,
            #"chimney_request_duration_ms_bucket{route="/a",le="+Inf"}"#: 3,
            #"chimney_request_duration_ms_bucket{route="/a",le="500"}"#: 3,
            #"chimney_request_duration_ms_bucket{route="/a",le="2000"}"#: 3,
            #"chimney_request_duration_ms_sum{route="/a"}"#: 1_234_005,
            #"chimney_request_duration_ms_count{route="/a"}"#: 3,
            "chimney_queue_wait_ms_count": 1, "chimney_queue_wait_ms_sum": 7,
            #"chimney_queue_wait_ms_bucket{le="+Inf"}"#: 1,
        ])
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
        let written = text(counters: ["chimney_other_total": 5, "chimney_requests_totally{a=\"b\"}": 1])
        #expect(!written.contains("other"))
        #expect(!written.contains("totally"))
    }

    @Test("Samples of the store are read with their labels, and shown as they were")
    func labels() {
        let names = [#"chimney_requests_total{route="/a\\b\"c\n,}",status_class="2xx"}"#, "chimney_panics_total"]
        let counters = Dictionary(uniqueKeysWithValues: names.map { ($0, Int64(7)) })
        let families = CounterFamilies.families(of: counters)
        #expect(
            families.first?.series.first?.labels == [
                MetricFamily.Label("route", "/a\\b\"c\n,}"), MetricFamily.Label("status_class", "2xx"),
            ])
        for name in names { #expect(text(families).contains("\n\(name) 7\n")) }
    }

    @Test(
        "What is no sample's name is left out",
        arguments: [
            "{", "{}", "{a}", "{a=b}", #"{a="b}"#, #"{a="b"#, #"{a="b",}"#, #"{a="b"}x"#, #"{="b"}"#, #"{a="b\"#,
        ])
    func malformed(labels: String) {
        #expect(SampleName("chimney_requests_total\(labels)") == nil)
        #expect(!text(counters: ["chimney_requests_total\(labels)": 1]).contains("chimney_requests_total"))
    }

    @Test(
        "Label values are escaped",
        arguments: [("plain", "plain"), ("a\"b", "a\\\"b"), ("a\\b", "a\\\\b"), ("a\nb", "a\\nb"), ("ü", "ü")])
    func escaping(value: String, expected: String) {
        #expect(Exposition.escaped(value) == expected)
    }
}
