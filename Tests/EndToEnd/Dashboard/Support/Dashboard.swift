import Foundation
import TestSupport
import Testing

/// The dashboard of an origin, shown by a browser.
struct Dashboard: Sendable {
    let origin: Origin
    let browser: Browser

    /// Shows a view: `live`, or `live?level=error`; the overview where it is empty.
    ///
    /// - Throws: `TestSupportError`.
    func open(_ view: String = "") throws {
        try browser.open("http://127.0.0.1:\(origin.caddy.port)/#/\(view)")
        guard browser.waits(for: "document.querySelector('.view')") else {
            throw TestSupportError("The dashboard does not come up: \(try browser.console())")
        }
    }

    /// Waits until a part of the page has a text that a reader sees.
    func shows(_ text: String, in selector: String = "body", within seconds: Double = patience) -> Bool {
        eventually(within: seconds, every: 50) { (try? browser.text(selector).contains(text)) == true }
    }

    /// Waits until no part of the page that fits a selector has that text any more.
    func hides(_ text: String, in selector: String = "body", within seconds: Double = patience) -> Bool {
        eventually(within: seconds, every: 50) { (try? browser.text(selector).contains(text)) == false }
    }

    /// Checks what is to hold for every page that was shown: it asks nobody but its own server, and keeps to its policy.
    ///
    /// - Parameter mayComplain: whether the console may have been told of answers of chimney that were errors, as the browser
    ///   does where a server is away or refuses something. The page's own files are to be there in any case.
    func expectQuiet(mayComplain: Bool) throws {
        let own = ["http://127.0.0.1:\(origin.caddy.port)/", browser.driverAddress]
        let foreign = try browser.requests().filter { url in !own.contains { url.hasPrefix($0) } }
        #expect(foreign.isEmpty)
        #expect(try browser.violations().isEmpty)
        let complaints = try browser.console().filter {
            !$0.hasPrefix(browser.driverAddress) && !(mayComplain && isOfChimney($0))
        }
        #expect(complaints.isEmpty)
    }

    /// Whether the console was told of an answer of chimney: it names the address first.
    private func isOfChimney(_ complaint: String) -> Bool {
        let root = "http://127.0.0.1:\(origin.caddy.port)/"
        return complaint.contains("Failed to load resource")
            && ["api/", "v1/", "deploy/", "deploy?", "deploy ", "healthz "].contains { complaint.hasPrefix(root + $0) }
    }
}

extension EndToEnd {
    /// Tests of the dashboard, one after the other, as all of `EndToEnd`.
    @Suite struct DashboardTests {}
}

/// Runs a test with an origin and a browser that shows a view of its dashboard. At the end the page must have been quiet, see
/// `Dashboard.expectQuiet`.
func withDashboard<Result: Sendable>(
    _ view: String = "", workers: Int = 4, environment: [String: String] = [:], server: StoreServer? = nil,
    caddy: [String: String] = [:], mayComplain: Bool = false, isOptimised: Bool = true,
    _ body: @Sendable (Dashboard) async throws -> Result
) async throws -> Result {
    try await withOrigin(workers: workers, environment: environment, server: server, caddy: caddy) { origin throws in
        try await withDashboard(of: origin, view, mayComplain: mayComplain, isOptimised: isOptimised, body)
    }
}

/// The same with an origin that is there already.
func withDashboard<Result: Sendable>(
    of origin: Origin, _ view: String = "", mayComplain: Bool = false, isOptimised: Bool = true,
    _ body: @Sendable (Dashboard) async throws -> Result
) async throws -> Result {
    let browser = try Browser(isOptimised: isOptimised)
    defer { browser.stop() }
    let dashboard = Dashboard(origin: origin, browser: browser)
    try browser.resize(width: 1366, height: 768)
    try dashboard.open(view)
    let result = try await body(dashboard)
    try dashboard.expectQuiet(mayComplain: mayComplain)
    return result
}
