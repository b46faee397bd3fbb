import TestSupport
import Testing

extension EndToEnd.DashboardTests {
    /// What the overview shows.
    @Suite struct OverviewTests {
        @Test("A deploy that is posted appears by itself, and what it says is text")
        func deploy() async throws {
            let title = "<img src=x onerror=violations.push('run')>"
            try await withDashboard(mayComplain: true) { page throws in
                #expect(page.shows("Nothing has been deployed yet"))
                #expect(page.shows("live", in: "#connection"))
                let event = """
                    {"sha":"3051037","outcome":"success","slot":"blue","duration_s":47,"pr_number":321,\
                    "pr_title":\(JSON.quoted(title))}
                    """
                #expect(try page.origin.post(event).status == 200)
                #expect(page.shows("success", in: ".hero"))
                for text in [title, "#321", "3051037", "took 47 s"] { #expect(page.shows(text, in: ".hero")) }
                #expect(page.shows(title, in: ".timeline"))
                #expect(try page.browser.run("return document.querySelectorAll('main img').length").integer == 0)
            }
        }
    }
}
