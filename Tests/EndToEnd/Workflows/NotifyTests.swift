import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// The action `notify-chimney`, run for real.
    @Suite(.origin()) struct NotifyTests {
        let origin: Origin

        init() throws { origin = try .current }

        private func notify(_ inputs: [String: String], event: JSON = .object([:])) throws -> WorkflowRun.Result {
            try WorkflowRun(notifying: origin.url, inputs, event: event).result()
        }

        @Test("A success is on record, with all that was said of it; the same again is not another one")
        func success() throws {
            let sha = Event.freshSHA()
            let inputs = [
                "outcome": "success", "sha": sha, "slot": "green", "duration": "47.5", "pr-number": "321",
                "pr-title": "Blue/green", "deployed-at": "2026-02-21T10:13:00Z", "origin-ips": "1.2.3.4, 2001:db8::1\n",
            ]
            let total = try origin.storedTotal
            let first = try notify(inputs)
            #expect(first.isSuccess, "\(first.log)")
            #expect(first.output("recorded") == "true")
            #expect(first.output("duplicate") == "false")
            #expect(first.output("status") == "200")
            #expect(first.log.contains("::notice title=notify-chimney::chimney has recorded the success of"))

            let last = try origin.get("/api/deploy/status").json.last_deploy
            #expect(last?.sha?.text == sha)
            #expect(last?.outcome == "success")
            #expect(last?.slot == "green")
            #expect(last?.duration_s?.number == 47.5)
            #expect(last?.deployed_at == "2026-02-21T10:13:00Z")
            #expect(last?.pr_number == 321)
            #expect(last?.pr_title == "Blue/green")
            #expect(last?.origin_ips == ["1.2.3.4", "2001:db8::1"])

            let second = try notify(inputs)
            #expect(second.isSuccess)
            #expect(second.output("duplicate") == "true")
            #expect(try origin.storedTotal == total + 1)
        }

        @Test(
            "A failure needs no more than its commit, and a cancelled job is one", arguments: ["failure", "cancelled"])
        func failure(outcome: String) throws {
            let sha = Event.freshSHA()
            let result = try notify(["outcome": outcome, "sha": sha])
            #expect(result.output("recorded") == "true", "\(result.log)")
            let stored = try #require(try origin.recorded.first)
            #expect(stored.sha?.text == sha)
            #expect(stored.outcome == "failure")
            #expect(try #require(stored.age_s?.number) < 120)
        }

        struct Happening: Sendable, CustomTestStringConvertible {
            let testDescription: String
            let event: JSON
            let number: Int?
            let title: String?

            init(_ name: String, _ event: JSON, _ number: Int?, _ title: String?) {
                testDescription = name
                self.event = event
                self.number = number
                self.title = title
            }
        }

        private static func push(_ message: String) -> JSON {
            .object(["head_commit": .object(["message": .string(message)])])
        }

        private static func queue(_ message: String) -> JSON {
            .object([
                "merge_group": .object([
                    "head_ref": "refs/heads/gh-readonly-queue/main/pr-321-3051037802d1f4d3e9d0a4d1a1b7b2c9e1e1e1e1",
                    "head_commit": .object(["message": .string(message)]),
                ])
            ])
        }

        @Test(
            "The pull request is that of the event",
            arguments: [
                Happening(
                    "merge", push("Merge pull request #321 from acme/topic\n\nSwitch slots\n"), 321, "Switch slots"),
                Happening("merge without a title", push("Merge pull request #321 from acme/topic"), 321, nil),
                Happening(
                    "squash", push("Switch slots (again) (#321)\n\n* one\n* two (#4)"), 321, "Switch slots (again)"),
                Happening("direct", push("Mend #320 at last"), nil, nil),
                Happening("nonsense", push("What (#99999999999999999999)"), nil, nil),
                Happening("queue, merging", queue("Merge pull request #321 from acme/topic\n\nSwitch"), 321, "Switch"),
                Happening("queue, squashing", queue("Switch (#321)"), 321, "Switch"),
                Happening("queue", queue("Switch slots"), 321, "Switch slots"),
                Happening(
                    "pull request", .object(["pull_request": .object(["number": 321, "title": "Switch"])]), 321,
                    "Switch"),
                Happening(
                    "long", push(String(repeating: "ä", count: 600) + " (#321)"), 321,
                    String(repeating: "ä", count: 500)),
                Happening("by hand", .object(["inputs": .object(["ref": "main"])]), nil, nil),
                Happening("odd", .object(["pull_request": 7, "head_commit": .null]), nil, nil),
                Happening("no object", ["a"], nil, nil),
            ])
        func pullRequest(_ happening: Happening) throws {
            let sha = Event.freshSHA()
            let result = try notify(["outcome": "failure", "sha": sha], event: happening.event)
            #expect(result.output("recorded") == "true", "\(result.log)")
            let stored = try #require(try origin.recorded.first { $0.sha?.text == sha })
            #expect(stored.pr_number?.integer == happening.number)
            #expect(stored.pr_title?.text == happening.title)
        }

        @Test("What a title has in it is text, wherever it comes from, and nothing else")
        func hostileTitle() throws {
            let files = try TemporaryDirectory()
            let touch = "touch \(files.file("pwned"))"
            let title = """
                "; \(touch); $(\(touch)) `\(touch)` ${{ github.token }} %0A::error::x \u{1B}[31m \\" ' \n::add-mask::e
                """
            let pull = JSON.object(["pull_request": .object(["number": 9, "title": .string(title)])])
            for (inputs, event) in [(["pr-number": "9", "pr-title": title], JSON.object([:])), ([:], pull)] {
                let sha = Event.freshSHA()
                let result = try notify(["outcome": "failure", "sha": sha].merging(inputs) { $1 }, event: event)
                #expect(result.output("recorded") == "true", "\(result.log)")
                #expect(try origin.recorded.first { $0.sha?.text == sha }?.pr_title?.text == title)
                #expect(!result.log.contains("::error"))
            }
            // Nor is any other input a part of a script.
            for name in [
                "sha", "slot", "service", "outcome", "duration", "timeout", "url", "deployed-at", "origin-ips",
                "required",
            ] {
                let hostile = [name: "$(\(touch))`\(touch)`'; \(touch) #"]
                let inputs = ["outcome": "failure", "timeout": "1"].merging(hostile) { $1 }
                let result = try notify(inputs)
                #expect(result.output("recorded") == "false", "\(name)")
            }
            #expect(!FileManager.default.fileExists(atPath: files.file("pwned")))
        }

        @Test(
            "What cannot be told is a warning, or a failure where that is asked for; the log says why, and has no secret"
        )
        func refused() throws {
            let wrong = "a-token-that-is-nobodys"
            let mistakes: [([String: String], String)] = [
                (["token": wrong], "does not take this token"), (["token": " \n"], "token: is empty"),
                (["token": "two\nlines"], "token: has characters"), (["outcome": "fine"], "outcome: has to be"),
                (["sha": "main"], "status 422: "), (["sha": "main"], "sha is required: 7 to 64 hexadecimal digits"),
                (["outcome": "success"], "slot is required"), (["duration": "soon"], "duration: has to be"),
                (["url": "http://deploys.example.org"], "url: has to begin with https://"),
                (["url": "https://user@deploys.example.org"], "url: is no address"),
                (["url": "\(origin.url)/nowhere"], "status 404"), (["timeout": "0"], "timeout: has to be"),
                (["pr-number": "x"], "pr-number: has to be"),
            ]
            let total = try origin.storedTotal
            for (inputs, reason) in mistakes {
                let inputs = ["outcome": "failure", "timeout": "5"].merging(inputs) { $1 }
                let soft = try notify(inputs)
                #expect(soft.isSuccess, "\(reason): \(soft.log)")
                #expect(soft.log.contains("::warning title=notify-chimney::"), "\(reason): \(soft.log)")
                #expect(soft.log.contains(reason), "\(reason): \(soft.log)")
                #expect(soft.output("recorded") == "false")
                #expect(!soft.shown.contains(wrong) && !soft.shown.contains(Origin.deployToken))
            }
            let hard = try notify(["outcome": "failure", "token": wrong, "required": "true"])
            #expect(!hard.isSuccess)
            #expect(hard.log.contains("::error title=notify-chimney::"))
            #expect(!hard.shown.contains(wrong))
            #expect(hard.output("status") == "401")
            #expect(try origin.storedTotal == total)
        }

        @Test("A secret that was pasted with a line end is one")
        func pastedSecret() throws {
            let result = try notify(["outcome": "failure", "token": "\(Origin.deployToken)\n"])
            #expect(result.output("recorded") == "true", "\(result.log)")
            #expect(!result.shown.contains(Origin.deployToken))
        }
    }
}
