import TestSupport
import Testing

extension EndToEnd.DashboardTests {
    /// What the page makes of the metrics that it reads, by its own modules.
    @Suite struct MetricsHistoryTests {
        @Test("Prometheus' text is read with all that it may hold")
        func parser() async throws {
            try await withDashboard(mayComplain: true) { page throws in
                let found = try page.runModules(
                    #"""
                    const { parse } = await import("/lib/prometheus.js");
                    const text = [
                      '# HELP a_total With a \\\\ and a \\n line.', '# TYPE a_total counter', '# a comment', '#', '',
                      'a_total{path="C:\\\\DIR\\n\\"x\\"",b="{},="} 1.5e3 1395066363000', 'a_total{} 2', 'a_total 3',
                      '  bare:name\t-Inf  ', 'h_bucket{le="+Inf",} +Inf', 'not_a_number NaN', 'spaced { b = "1" , c="2" } .5', 'crlf 7\r',
                    ].join("\n");
                    const told = [...parse(text)].map(([name, list]) =>
                      [name, ...list.map(({ labels, value }) => `${JSON.stringify(labels)} ${value}`)]);
                    return JSON.stringify(told);
                    """#)
                let expected = #"""
                    [["a_total","{\"path\":\"C:\\\\DIR\\n\\\"x\\\"\",\"b\":\"{},=\"} 1500","{} 2","{} 3"],\#
                    ["bare:name","{} -Infinity"],["h_bucket","{\"le\":\"+Inf\"} Infinity"],["not_a_number","{} NaN"],\#
                    ["spaced","{\"b\":\"1\",\"c\":\"2\"} 0.5"],["crlf","{} 7"]]
                    """#
                #expect(found.text == expected)
            }
        }

        @Test("What is no sample is refused by its line")
        func refused() async throws {
            try await withDashboard(mayComplain: true) { page throws in
                let found = try page.runModules(
                    #"""
                    const { parse } = await import("/lib/prometheus.js");
                    return ["a", "a b", "a{b=\"1\" 2", "a{b=\"1} 2", "a{b=1} 2", "a{b=\"1\"c=\"2\"} 3", "1a 2", "a 1 x", "a 1 2 3", "a 0x1",
                      "<html>"].map(line => {
                      try { parse(`# fine\n${line}\n`); } catch (error) { return error.message; }
                      return `${line} was taken`;
                    });
                    """#)
                #expect(found.list.count == 11)
                for each in found.list { #expect(each.text == "Line 2 of the metrics is no sample.") }
            }
        }

        @Test("Quantiles are those of a calculation by hand")
        func quantiles() async throws {
            try await withDashboard(mayComplain: true) { page throws in
                let found = try page.runModules(
                    """
                    const { quantile } = await import("/lib/histogram.js");
                    const bounds = [5, 25, 100, 500, 2000, Infinity];
                    const of = (share, counts) => quantile(share, { bounds, counts });
                    return [
                      of(0.5, [10, 10, 10, 10, 10, 10]),        // the half of 10 in 0…5
                      of(0.5, [2, 6, 10, 10, 10, 10]),          // rank 5: 3 of 4 in 5…25
                      of(0.95, [2, 6, 10, 10, 10, 10]),         // rank 9.5: 3.5 of 4 in 25…100
                      of(0.5, [0, 0, 4, 4, 4, 4]),              // rank 2: the half of 25…100
                      of(0.5, [5, 5, 5, 5, 5, 10]),             // rank 5: the end of the first bucket
                      of(0.95, [5, 5, 5, 5, 5, 10]),            // beyond all that is told
                      of(0, [0, 0, 4, 4, 4, 4]), of(1, [1, 1, 1, 3, 3, 3]), of(0.5, [0, 0, 0, 0, 0, 0]),
                    ];
                    """)
                let expected: [Double?] = [2.5, 20, 90.625, 62.5, 5, 2000, 0, 500, nil]
                #expect(found.list.map(\.number) == expected)
            }
        }

        @Test(
            "The history is bounded; counters that begin anew, gaps and an absent store are times of which nothing is known"
        )
        func history() async throws {
            try await withDashboard(mayComplain: true) { page throws in
                let found = try page.runModules(
                    #"""
                    const { parse } = await import("/lib/prometheus.js");
                    const history = await import("/lib/history.js");
                    const { merge, parts, rate, failedShare, hitShare, milliseconds } = await import("/lib/measures.js");
                    // After all that the page takes itself.
                    let time = Date.now() + 86_400_000;
                    const take = (count, failed, seconds = 5) => history.add(parse([
                      `chimney_requests_total{route="/a",status_class="2xx"} ${count}`,
                      `chimney_requests_total{route="/a",status_class="5xx"} ${failed}`,
                      ...[5, 25, 100, 500, 2000, "+Inf"].map(le => `chimney_request_duration_ms_bucket{route="/a",le="${le}"} ${count + failed}`),
                      `chimney_cache_hits_total{tier="memory"} ${3 * count}`, `chimney_cache_misses_total ${count}`,
                      'chimney_dragonfly_connected 1', 'chimney_workers{state="idle"} 3', 'chimney_workers{state="handling"} 1',
                    ].join("\n")), time += seconds * 1000);
                    const all = () => history.since(1e6, time);
                    const result = [];

                    for (let index = 0; index <= 1000; index += 1) take(9 * index, index);
                    result.push(history.size() <= 361, all().every(({ counted }) => counted));
                    const whole = merge(all());
                    result.push(rate(whole), failedShare(whole), hitShare(whole), milliseconds(whole, "latency", 0.5), whole.gauges.busy, whole.gauges.workers);
                    result.push(parts(all(), 1800).length <= 61, parts(all(), 1800).slice(1).every(({ isJoined }) => isJoined));

                    const last = () => all().at(-1);
                    take(5, 0); result.push(last().counted === null);          // the store was emptied
                    take(15, 0); result.push(rate(merge([last()])));
                    take(25, 0, 60); result.push(last().counted === null, merge([last()], all().at(-2)).isJoined);  // a gap
                    take(45, 0); result.push(rate(merge([last()])));
                    history.add(parse("chimney_dragonfly_connected 0\n"), time += 5000);   // no store
                    result.push(last().counted === null, last().gauges.hasStore);
                    take(45, 0); result.push(last().counted === null);
                    take(50, 0); result.push(rate(merge([last()])));
                    return result.map(String);
                    """#)
                let expected = [
                    "true", "true", "2", "10", "75", "2.5", "1", "4", "true", "true", "true", "2", "true", "false", "4",
                    "true", "false",
                    "true", "1",
                ]
                #expect(found.list.map(\.text) == expected)
            }
        }
    }
}

extension Dashboard {
    /// Runs a script that may import what the page is made of, and returns what it returns.
    func runModules(_ script: String) throws -> JSON { try browser.run("return (async () => {\n\(script)\n})()") }
}
