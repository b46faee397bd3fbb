import TestSupport
import Testing

extension EndToEnd.DashboardTests {
    /// What the page makes of answers.
    @Suite struct ResourceTests {
        @Test("What may pass by itself is told from what is refused")
        func passing() async throws {
            try await withDashboard(mayComplain: true) { page throws in
                let found = try page.runModules(
                    """
                    const { Problem } = await import("/lib/resource.js");
                    return [0, 200, 400, 401, 403, 404, 408, 413, 422, 429, 500, 502, 503].filter(status => new Problem(status, "").isPassing);
                    """)
                #expect(found.list.map(\.integer) == [0, 200, 408, 429, 500, 502, 503])
            }
        }
    }
}
