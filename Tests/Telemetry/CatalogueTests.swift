import FastCGI
import Testing

@testable import Telemetry

@Suite struct CatalogueTests {
    private let catalogue = Catalogue(routes: ["/healthz", "/v1/{id}"])

    private func counts(_ requests: [BacklogEntry.Request]) -> [String: Int64] {
        withUnsafeTemporaryAllocation(of: Int64.self, capacity: catalogue.samples.count) { buffer in
            buffer.update(repeating: 0)
            for request in requests { catalogue.count(request, into: buffer) }
            var counts: [String: Int64] = [:]
            for (index, count) in buffer.enumerated() where count != 0 {
                counts[String(decoding: catalogue.samples[index], as: UTF8.self)] = count
            }
            return counts
        }
    }

    private func request(
        route: UInt32 = 0, status: UInt16 = 200, cache: UInt16 = BacklogEntry.Request.noCache,
        microseconds: UInt32 = 0, waited: UInt32 = BacklogEntry.Request.unknownWait
    ) -> BacklogEntry.Request {
        BacklogEntry.Request(route: route, status: status, cache: cache, microseconds: microseconds, waited: waited)
    }

    @Test(
        "A status counts in its class, an odd one in the nearest",
        arguments: [(100, "1xx"), (204, "2xx"), (304, "3xx"), (404, "4xx"), (503, "5xx"), (0, "1xx"), (999, "5xx")])
    func classes(status: UInt16, expected: String) {
        let counts = counts([request(status: status)])
        #expect(counts[#"chimney_requests_total{route="/healthz",status_class="\#(expected)"}"#] == 1)
        #expect(counts.filter { $0.key.hasPrefix("chimney_requests_total") }.count == 1)
    }

    @Test("Routes have names, and what matches none is unmatched")
    func names() {
        #expect(catalogue.name(ofRoute: 1) == "/v1/{id}")
        #expect(catalogue.name(ofRoute: 2) == "unmatched")
        #expect(catalogue.name(ofRoute: Slot.noRoute) == "unmatched")
        let counts = counts([request(route: Slot.noRoute), request(route: 2), request(route: 1)])
        #expect(counts[#"chimney_requests_total{route="unmatched",status_class="2xx"}"#] == 2)
        #expect(counts[#"chimney_requests_total{route="/v1/{id}",status_class="2xx"}"#] == 1)
    }

    @Test(
        "Buckets are cumulative, and a value on a bound belongs to it",
        arguments: [
            (0, ["5", "25", "100", "500", "2000", "+Inf"]),
            (5000, ["5", "25", "100", "500", "2000", "+Inf"]),
            (5001, ["25", "100", "500", "2000", "+Inf"]),
            (2_000_000, ["2000", "+Inf"]),
            (2_000_001, ["+Inf"]),
            (.max, ["+Inf"]),
        ] as [(UInt32, [String])])
    func buckets(microseconds: UInt32, expected: [String]) {
        let counts = counts([request(microseconds: microseconds)])
        let bounds = ["5", "25", "100", "500", "2000", "+Inf"].filter {
            counts[#"chimney_request_duration_ms_bucket{route="/healthz",le="\#($0)"}"#] == 1
        }
        #expect(bounds == expected)
        #expect(counts[#"chimney_request_duration_ms_count{route="/healthz"}"#] == 1)
        #expect(counts[#"chimney_request_duration_ms_sum{route="/healthz"}"#] ?? 0 == Int64(microseconds))
    }

    @Test("A wait is observed where the front end says it")
    func waits() {
        #expect(counts([request()])["chimney_queue_wait_ms_count"] == nil)
        let counts = counts([request(waited: 25), request(waited: 26)])
        #expect(counts["chimney_queue_wait_ms_count"] == 2)
        #expect(counts["chimney_queue_wait_ms_sum"] == 51_000)
        #expect(counts[#"chimney_queue_wait_ms_bucket{le="25"}"#] == 1)
        #expect(counts[#"chimney_queue_wait_ms_bucket{le="100"}"#] == 2)
    }

    @Test(
        "What a request found in the cache is counted, by the tier",
        arguments: [
            (true, "dragonfly", "chimney_cache_hits_total{tier=\"dragonfly\"}"),
            (true, "memory", "chimney_cache_hits_total{tier=\"memory\"}"),
            (false, "none", "chimney_cache_misses_total"), (nil, nil, nil),
        ] as [(Bool?, String?, String?)])
    func cache(hit: Bool?, tier: String?, expected: String?) {
        var record = RequestRecord()
        record.cacheHit = hit
        record.cacheTier = tier
        let counted = counts([record.entry, record.entry]).filter { $0.key.hasPrefix("chimney_cache_") }
        #expect(counted == (expected.map { [$0: 2] } ?? [:]))
    }

    @Test("A build that counts something else has another fingerprint")
    func fingerprint() {
        #expect(catalogue.fingerprint == Catalogue(routes: ["/healthz", "/v1/{id}"]).fingerprint)
        #expect(catalogue.fingerprint != Catalogue(routes: ["/v1/{id}", "/healthz"]).fingerprint)
        #expect(catalogue.fingerprint != Catalogue(routes: ["/healthz"]).fingerprint)
    }

    @Test("No two samples have the same name, and each counter is under its own")
    func unique() {
        let names = catalogue.samples.map { String(decoding: $0, as: UTF8.self) }
        #expect(Set(names).count == names.count)
        for sample in CounterSample.allCases { #expect(names[catalogue.index(of: sample)] == sample.name) }
    }

    @Test("A route with quotes cannot break a sample's name")
    func escaping() {
        let names = Catalogue(routes: [#"/a"b\c"#]).samples.map { String(decoding: $0, as: UTF8.self) }
        #expect(names.contains(#"chimney_requests_total{route="/a\"b\\c",status_class="2xx"}"#))
    }
}
