import ArgumentParser
import Foundation
import TestSupport

/// `fake-github`: what `caddy/run --demo` has in GitHub's place.
@main
struct Command: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fake-github",
        abstract: "Answer as GitHub's REST API, on 127.0.0.1, until SIGTERM or SIGINT.",
        discussion: """
            Before repositories in which something happens now and then: runs end, pull requests are merged, issues \
            come and go. Nothing of it is kept. Its address is the first line that it writes.

            GITHUB_WEBHOOK_SECRET in the environment signs what --deliver-to asks for.
            """)

    @Option(help: "The port to listen on; 0 for any free one.")
    var port: UInt16 = 0

    @Option(help: "The organisation.")
    var owner = "octo-org"

    @Option(help: "Its main repository, the one in which something happens.")
    var repository = "wgmesh"

    @Option(help: "The token that it takes. (default: anybody may read)")
    var token: String?

    @Option(
        help: "A port of 127.0.0.1 that is told of what happens, at /api/webhooks/github. (default: nobody is)")
    var deliverTo: UInt16?

    @Option(help: "Seconds from one time that something may happen to the next; 0 for never.")
    var pace: Double = 5

    func validate() throws {
        for name in [owner, repository] {
            guard !name.isEmpty, name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"/?#%".utf8.contains($0) }) else {
                throw ValidationError("'\(name)' is no name at GitHub.")
            }
        }
        guard pace >= 0, pace.isFinite else { throw ValidationError("--pace: \(pace) is no number of seconds.") }
    }

    func run() throws {
        for number in [SIGTERM, SIGINT] { signal(number) { _ in _exit(0) } }
        let github = try FakeGitHub(
            History.repository("\(owner)/\(repository)"), others: others, token: token, port: port == 0 ? nil : port)
        print(github.url())
        fflush(nil)
        let secret = ProcessInfo.processInfo.environment["GITHUB_WEBHOOK_SECRET"].flatMap { $0.isEmpty ? nil : $0 }
        var life = Life()
        while true {
            Thread.sleep(forTimeInterval: pace > 0 ? pace : 3600)
            // Nobody asks for them here.
            github.forgetRequests()
            guard pace > 0 else { continue }
            let events = github.update { life.step(&$0) }
            if let deliverTo { deliver(events, of: github, to: deliverTo, secret) }
        }
    }

    /// The organisation's other repositories.
    private var others: [FakeGitHub.Repository] {
        let start = Date(timeIntervalSinceNow: -20_000_000)
        var charts = FakeGitHub.Repository(
            "\(owner)/charts", id: 300_029_406, description: "Helm charts", language: "Smarty", time: start)
        charts.openIssue("Charts are not signed", labels: ["type:bug"])
        charts.openPull("Raise the memory limit")
        let site = FakeGitHub.Repository(
            "\(owner)/site", id: 300_029_407, description: "What the world reads", language: "HTML", time: start)
        var old = FakeGitHub.Repository("\(owner)/attic", id: 300_029_408, description: "Retired", time: start)
        old.isArchived = true
        return [charts, site, old]
    }

    /// Tells of events. Whoever does not listen misses them, as he would with GitHub.
    private func deliver(_ events: [FakeGitHub.Event], of github: FakeGitHub, to port: UInt16, _ secret: String?) {
        for event in events {
            _ = try? github.delivery(of: event).post(to: HTTPClient(.port(port), timeout: 2), secret: secret)
        }
    }
}
