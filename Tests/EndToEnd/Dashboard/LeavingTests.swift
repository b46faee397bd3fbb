import TestSupport
import Testing

extension EndToEnd.DashboardTests {
    /// What becomes of a page that is left.
    @Suite struct LeavingTests {
        @Test("A page that is left takes no connection from the next one, and goes on where somebody comes back to it")
        func left() async throws {
            try await withDashboard("live", mayComplain: true) { page throws in
                // A browser keeps pages that were left, and has six connections for a server.
                for _ in 1...8 {
                    #expect(page.shows("live", in: "#connection"))
                    #expect(page.browser.waits(for: "document.readyState === 'complete'"))
                    try page.browser.open("about:blank")
                    try page.open("live")
                }
                #expect(page.shows("live", in: "#connection"))
                #expect(page.browser.waits(for: "document.readyState === 'complete'"))
                try page.browser.run("window.isTheSame = true")
                try page.browser.open("about:blank")
                try page.browser.run("history.back()")
                #expect(page.browser.waits(for: "window.isTheSame"))
                #expect(page.shows("live", in: "#connection"))
                #expect(try page.origin.post(Event().json).status == 200)
                #expect(page.shows("/api/deploy/events", in: "main"))
            }
        }

        @Test(
            "A page that nobody sees gives its connections back, and goes on after what it has seen once somebody does")
        func hidden() async throws {
            try await withDashboard("live", mayComplain: true) { page throws in
                func isHidden(_ value: Bool) throws {
                    try page.browser.run(
                        """
                        Object.defineProperty(document, 'hidden', { value: \(value), configurable: true });
                        document.dispatchEvent(new Event('visibilitychange'))
                        """)
                }
                func hasStreams(_ count: Double) throws -> Bool {
                    try eventually(within: 90, every: 500) { try page.origin.samples["chimney_streams"] == count }
                }
                #expect(page.shows("live", in: ".live .state"))
                #expect(try hasStreams(2))
                _ = try page.origin.get("/health", [("X-Request-ID", "seen")])
                #expect(try eventually { try page.requestIDs.contains("seen") })
                try isHidden(true)
                #expect(try hasStreams(0))
                _ = try page.origin.get("/health", [("X-Request-ID", "unseen")])
                #expect(try page.origin.post(Event().json).status == 200)
                try isHidden(false)
                #expect(try eventually { try page.requestIDs.contains("unseen") })
                #expect(page.shows("Deploy of", in: ".happenings"))
                #expect(try hasStreams(2))
                #expect(try page.requestIDs.filter { $0.hasSuffix("seen") } == ["seen", "unseen"])
                #expect(try page.browser.run("return document.querySelectorAll('.gap').length") == 0)
            }
        }
    }
}
