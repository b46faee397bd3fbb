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
    }
}
