import TestSupport
import Testing

extension EndToEnd.DashboardTests {
    /// What it takes until there is something to see.
    @Suite struct BudgetTests {
        @Test("The headline needs at most 60 kB and 12 requests")
        func firstSight() async throws {
            try await withFullDashboard { page throws in
                try page.openAnew()
                #expect(page.browser.waits(for: "performance.getEntriesByName('chimney:shown').length"))
                let needed = try page.browser.run(
                    """
                    const shown = performance.getEntriesByName('chimney:shown')[0].startTime;
                    const needed = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
                      .filter(entry => entry.startTime < shown);
                    return {
                      bytes: needed.reduce((sum, entry) => sum + entry.transferSize, 0),
                      uncounted: needed.filter(entry => !entry.transferSize).map(entry => entry.name),
                      addresses: needed.map(entry => entry.name),
                    };
                    """)
                // What comes from a cache would count for nothing.
                #expect(needed.uncounted?.list.isEmpty == true)
                let names = needed.addresses?.list.compactMap(\.text) ?? []
                let hasAll = ["/app.js", "/api/deploy/status", "/api/pipeline/summary"]
                    .allSatisfy {
                        part in names.contains { $0.hasSuffix(part) }
                    }
                #expect(hasAll, "\(names)")
                #expect(names.count <= 12, "\(names)")
                let bytes = try #require(needed.bytes?.integer)
                #expect(bytes > 10_000 && bytes <= 60_000, "\(names)")
                // It stands there by then: the mark is no promise.
                let headline = try page.browser.text(".hero")
                #expect(headline.contains("success") && headline.contains("took"))
            }
        }
    }
}
