import TestSupport
import Testing

extension EndToEnd.DashboardTests {
    /// What a page has in memory after a long time.
    @Suite struct MemoryTests {
        /// Checks that the page has no more in memory than it had before. What it is at now, such as an answer that it reads, is
        /// there for a moment.
        private func expectNoMore(than before: Int, _ page: Dashboard) throws {
            var after = 0
            let isBounded = try eventually(every: 500) {
                after = try page.browser.heap()
                return after <= before * 11 / 10
            }
            #expect(isBounded, "\(before) bytes, then \(after)")
        }

        /// Has 2,000 lines and as many events come, and 18,000 more: the page is to have no more in memory after these.
        private func expectBounded(_ page: Dashboard, isThere: String) throws {
            // Waited for in the page, and by one function: each script that it is given leaves something in its memory.
            try page.browser.run(
                """
                window.newest = -1;
                import("/lib/events.js").then(events => events.on("queue", ({ data }) => (newest = Number(data.version))));
                window.reach = last => {
                    const isThere = () => newest === last && Boolean(\(isThere));
                    const end = Date.now() + 20_000;
                    return new Promise(done => {
                        const look = () => isThere() || Date.now() > end ? done(isThere()) : setTimeout(look, 20);
                        look();
                    });
                };
                """)
            let step = 400
            func pour(_ numbers: Range<Int>) throws {
                for first in stride(from: numbers.lowerBound, to: numbers.upperBound, by: step) {
                    let fields = [
                        "msg": "line #.", "request_id": "request-#", "trace_id": "trace-#",
                        "padding": String(repeating: "x", count: 200),
                    ]
                    try page.origin.write(lines: step, from: first, line: fields)
                    let data = ["name": "app", "version": "#", "status": "deployed", "organisation": "acme"]
                    try page.origin.write(events: step, from: first, event: "queue", data)
                    let last = first + step - 1
                    try #require(try page.browser.run("return reach(\(last))") == .bool(true), "\(last)")
                }
            }
            try pour(0..<2000)
            let before = try page.browser.heap()
            try pour(2000..<20_000)
            try expectNoMore(than: before, page)
        }

        @Test("After 20,000 lines and as many events Live has no more in memory than after 2,000, and no more rows")
        func live() async throws {
            try await withDashboard("live", mayComplain: true, isOptimised: false) { page throws in
                #expect(page.shows("live", in: ".live .state"))
                #expect(page.shows("Nothing has happened yet", in: ".happenings"))
                try expectBounded(
                    page,
                    isThere: """
                        document.querySelector('.lines').innerText.includes(`line ${last}.`)
                            && document.querySelector('.happenings .rows').innerText.includes(`app ${last} is`)
                        """)
                #expect(try page.browser.run("return document.querySelectorAll('.line').length") == 400)
                #expect(try page.browser.run("return document.querySelectorAll('.happenings .row').length") == 100)
            }
        }

        @Test("Nor has the overview")
        func overview() async throws {
            try await withDashboard(mayComplain: true, isOptimised: false) { page throws in
                #expect(page.shows("live", in: "#connection"))
                try expectBounded(page, isThere: "document.querySelector('.hero')")
            }
        }

        @Test("Views that were left leave nothing behind: no memory, and no stream")
        func views() async throws {
            try await withDashboard(mayComplain: true, isOptimised: false) { page throws in
                func change(_ rounds: Int) throws {
                    for view in (0..<rounds).flatMap({ _ in ["live", "metrics", "cache", "queue", "api", ""] }) {
                        try page.browser.run("location.hash = '#/\(view)'")
                        let name = view.isEmpty ? "overview" : view
                        try #require(
                            page.browser.waits(
                                for: "document.body.dataset.view === '\(name)' && document.querySelector('.view *')"),
                            "\(name)")
                    }
                }
                #expect(page.shows("live", in: "#connection"))
                try change(2)
                let before = try page.browser.heap()
                try change(5)
                try expectNoMore(than: before, page)
                // Only a heartbeat finds out who has gone.
                #expect(try eventually(within: 90, every: 500) { try page.origin.samples["chimney_streams"] == 1 })
            }
        }
    }
}
