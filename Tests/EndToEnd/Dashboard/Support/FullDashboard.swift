import Foundation
import TestSupport
import Testing

/// Runs a test with a dashboard that has as much to show as the overview has room for: 12 deploys, 4 origins, and a GitHub
/// with 10 releases, 8 bugs and a run in progress; a queue with deployments, too.
///
/// - Parameter isTroubled: whether one of the origins is down, so that the banner says so.
func withFullDashboard<Result: Sendable>(
    isTroubled: Bool = false, _ body: @Sendable (Dashboard) async throws -> Result
) async throws -> Result {
    let github = try FakeGitHub(.busy())
    let watched = try ScriptedHTTPServer { _ in HTTPServerAnswer(text: "{}") }
    var origins = (1...4).map { "http://origin-\($0).localhost:\(watched.port)" }
    if isTroubled { origins[3] = "http://origin-4.localhost:1" }
    defer {
        github.stop()
        watched.stop()
    }
    let environment = [
        "GITHUB_REPO": github.repository, "GITHUB_API_URL": github.url(), "ORIGINS": origins.joined(separator: ","),
        "PROBE_INTERVAL": "1", "AUTH_ENABLED": "false", "DEV_ORGANISATION": "octo-org",
    ]
    return try await withDashboard(environment: environment, mayComplain: true) { page throws in
        try page.fill(from: github)
        guard page.shows(isTroubled ? "3 of 4" : "4 of 4", in: ".tiles", within: 60),
            page.shows("#", in: ".bugs"), page.shows("v1.", in: ".releases"), page.shows("(#", in: ".hero .commit"),
            !isTroubled || page.shows("is down", in: "#banner")
        else { throw TestSupportError("The overview is not filled: \(try page.browser.text())") }
        return try await body(page)
    }
}

extension Dashboard {
    /// The views, by their names in the address; the overview's is empty.
    static let views = ["", "live", "metrics", "cache", "queue", "api"]

    /// Shows a view as somebody sees it who comes for the first time.
    func openAnew(_ view: String = "") throws {
        try browser.open(browser.driverAddress + "status")
        try browser.command("Network.clearBrowserCache")
        try open(view)
    }

    /// Shows a view, once it has what it asks for.
    func visit(_ view: String) throws {
        try open(view)
        let name = view.isEmpty ? "overview" : view
        let isThere = browser.waits(
            for: """
                document.body.dataset.view === '\(name)' && document.querySelector('main').innerText.length > 100 \
                && !document.querySelector('main').innerText.includes('Loading …')
                """)
        guard isThere else { throw TestSupportError("\(name) is not filled: \(try browser.text())") }
    }

    /// What a script finds: a list of texts.
    func found(_ script: String) throws -> [String] { try browser.run(script).list.compactMap(\.text) }

    /// Checks that a script finds nothing wrong.
    func expectNone(
        _ script: String, _ place: @autoclosure () -> Comment? = nil, at location: SourceLocation = #_sourceLocation
    ) throws {
        let found = try found(script)
        #expect(found.isEmpty, place(), sourceLocation: location)
    }

    fileprivate func fill(from github: FakeGitHub) throws {
        for (index, commit) in github.contents.commits.suffix(12).enumerated() {
            let event = """
                {"sha":"\(commit.sha)","outcome":"\(index == 4 ? "failure" : "success")",\
                "slot":"\(index % 2 == 0 ? "blue" : "green")","duration_s":\(40 + 13 * index),"pr_number":\(index + 300),\
                "pr_title":"Requests that take longer than they may are told of, as their callers would like to know, \(index)"}
                """
            #expect(try origin.post(event).status == 200)
        }
        for (version, status) in [("v1.0.0", "deployed"), ("v1.1.0", "failed"), ("v1.2.0", "")] {
            let id = try origin.http.post(
                "/v1/deployments",
                #"{"name":"web","version":"\#(version)","provider":"aws","environment":"production","type":"k8s"}"#
            ).json.id?.text
            guard !status.isEmpty, let id else { continue }
            _ = try origin.http.request(
                "PATCH", "/v1/deployments/\(id)", [("Content-Type", "application/json")],
                body: Array(#"{"status":"\#(status)"}"#.utf8))
        }
    }
}

extension FakeGitHub.Repository {
    /// A repository in which more has happened than the overview shows.
    fileprivate static func busy(now: Date = Date()) -> Self {
        func ago(_ hours: Int) -> Date { now.addingTimeInterval(-3600 * Double(hours)) }
        var repository = Self.sample(now: now)
        for index in 0..<14 {
            let hours = 20 - index
            repository.at(ago(hours)) { repository in
                let pull = repository.openPull(
                    "Say what happens when a request takes longer than it may, part \(index)")
                repository.merge(pull, isSquashed: true)
                repository.publish("v1.4.\(index)", name: "1.4.\(index): what was merged since the one before")
                for file in ["ci.yml", "goose-build.yml"] {
                    repository.complete(run: repository.run(file), index == 9 ? "failure" : "success")
                }
            }
        }
        for index in 0..<6 {
            repository.at(ago(6)) {
                _ = $0.openIssue(
                    "A peer that has two addresses is counted twice, in case \(index)", labels: ["type:bug"])
            }
        }
        repository.at(ago(0)) { _ = $0.run("ci.yml") }
        return repository
    }
}
