import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// `Tests/Workflows/check.py`, which `Tests/run` has look at all workflows and actions.
    @Suite struct WorkflowCheckTests {
        private static let deploy = "workflows/chimney-deploy.yml"
        private static let script = "run: .github/deploy-origins"

        /// A text of a file of `.github`, what takes its place, and what is said of that.
        typealias Mistake = (file: String, text: String, replacement: String, complaint: String)

        @Test("It finds what is wrong with workflows, and with what they refer to")
        func mistakes() throws {
            try expectFound([
                (Self.deploy, "outputs.file }}", "outputs.fill }}", "there is no needs.package.outputs.fill"),
                (Self.deploy, "steps.deploy.outputs.slot", "steps.deplo.outputs.slot", "there is no steps.deplo"),
                (Self.deploy, "outcome: failure", "outcomes: failure", "has no outcomes among its inputs"),
                (Self.deploy, "(failure() ||", "(failure() || ||", "|| is out of place"),
                (Self.deploy, "timeout-minutes: 60", "# ", "has to have a limit"),
                (Self.deploy, "needs.deploy.outputs.slot", "needs.deploy.outputs.slit", "no needs.deploy.outputs.slit"),
                (Self.deploy, Self.script, "run: echo ${{ github.event.head_commit.message }}", "template-injection"),
                (Self.deploy, "persist-credentials: false", "fetch-depth: 1", "artipacked"),
                ("workflows/package.yml", "apt-get update -q", "for x in $1; do rm $x/*; done", "SC2086"),
                ("workflows/release.yml", "# v4.2.2", "# master", "has to be pinned"),
                ("workflows/ci.yml", "pull_request:", "pull_request_target:", "dangerous-triggers"),
                ("actions/notify-chimney/action.yml", "steps.notify", "steps.notice", "there is no steps.notice"),
            ])
        }

        @Test("It finds what GitHub would not read")
        func schemas() throws {
            try expectFound([
                (Self.deploy, "needs: [test,", "need: [test,", "'need' was unexpected"),
                ("actions/notify-chimney/action.yml", "using: composite", "using: composit", "composit"),
            ])
        }

        private func expectFound(_ mistakes: [Mistake]) throws {
            let files = try TemporaryDirectory()
            try FileManager.default.copyItem(atPath: Package.path(".github"), toPath: files.file(".github"))
            for mistake in mistakes {
                let path = files.file(".github/\(mistake.file)")
                let content = try String(contentsOfFile: path, encoding: .utf8)
                #expect(content.contains(mistake.text), "\(mistake.file) has no \(mistake.text)")
                try Data(content.replacingOccurrences(of: mistake.text, with: mistake.replacement).utf8)
                    .write(to: URL(fileURLWithPath: path))
            }
            let python = Package.path(".build-python/bin/python")
            let done = try FinishedProcess(
                "env", ["--chdir", files.path, python, Package.path("Tests/Workflows/check.py")], within: 120)
            #expect(done.end == .exited(1))
            let said = done.output + done.errors
            for mistake in mistakes { #expect(said.contains(mistake.complaint), "\(mistake.complaint): \(said)") }
        }
    }
}
