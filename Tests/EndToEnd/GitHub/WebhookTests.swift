import TestSupport
import Testing

extension EndToEnd {
    /// `POST /api/webhooks/github`: who may tell, what is believed, and what is done once.
    @Suite struct WebhookTests {
        private static func body(ofBytes count: Int) -> [UInt8] {
            let head = #"{"action":"opened","repository":{"full_name":"octo-org/wgmesh"},"pad":""#
            return Array(head.utf8) + [UInt8](repeating: UInt8(ascii: "x"), count: count - head.utf8.count - 2)
                + Array("\"}".utf8)
        }

        @Test("A signed delivery is taken, invalidates, is an event and in the log; the signature is nowhere")
        func taken() async throws {
            try await withGitHub { origin, github throws in
                _ = try origin.github("/issues")
                _ = try origin.github("/pulls")
                let number = github.update { $0.openIssue("New") }
                let delivery = try github.delivery(of: .issue(number, "opened"))
                let answer = try origin.deliver(delivery)
                #expect(answer.status == 202)
                expectCommonForm(answer)
                #expect(try origin.github("/issues").numbers.contains(number))
                #expect(try origin.github("/pulls").cache == "hit dragonfly")
                #expect(try eventually { try origin.events("webhook").count == 1 })
                let event = try origin.events("webhook")[0]
                #expect(event.names == ["event", "action", "repository"])
                #expect(event.event == "issues")
                #expect(event.action == "opened")
                #expect(event.repository?.text == github.repository)
                #expect(
                    try eventually {
                        try origin.events("cache.invalidated").contains {
                            $0.prefix == "/issues" && $0.reason?.text?.contains("issues") == true
                        }
                    })
                let lines = try value { () throws -> [JSON]? in
                    let lines = try origin.logLines("request_id=\(answer["X-Request-ID"] ?? "")")
                    return lines.contains { $0.msg == "request" } ? lines : nil
                }
                #expect(lines?.first { $0.msg == "request" }?.invalidated_keys == 2)
                #expect(try origin.metric("chimney_cache_invalidations_total") { $0 >= 1 })
                try expectNoSecrets(origin)
                let signature = delivery.signature(GitHubSecrets.webhook)
                #expect(try !origin.store.content().contains { $0.value.contains(signature) })
                #expect(!origin.pool.log.contains(signature))
            }
        }

        @Test("Without the right signature of the very body nothing is believed")
        func unsigned() async throws {
            try await withGitHub { origin, github throws in
                _ = try origin.github("/issues")
                let delivery = try github.delivery(of: .issue(6, "closed"))
                func post(_ signature: String?, _ body: [UInt8]) throws -> HTTPAnswer {
                    var fields = delivery.fields(secret: nil)
                    if let signature { fields.append(("X-Hub-Signature-256", signature)) }
                    return try origin.http.request("POST", "/api/webhooks/github", fields, body: body)
                }
                let right = delivery.signature(GitHubSecrets.webhook)
                let wrong = [
                    nil, "", "sha256=", right.replacing("sha256=", with: ""), right.replacing("sha256=", with: "sha1="),
                    String(right.dropLast()), delivery.signature("other"),
                ]
                for signature in wrong {
                    expectProblem(try post(signature, delivery.body), 401, "\(signature ?? "none")")
                }
                expectProblem(try post(right, delivery.body + [0x20]), 401, "another body")
                #expect(try origin.github("/issues").cache == "hit dragonfly")
                #expect(try origin.events("webhook") == [])
                #expect(try post(right, delivery.body).status == 202)
            }
            try await withGitHub(environment: ["GITHUB_WEBHOOK_SECRET": ""]) { origin, github throws in
                for secret in ["", GitHubSecrets.webhook] {
                    expectProblem(try origin.deliver(try github.delivery(of: .ping), secret: secret), 401)
                }
            }
        }

        @Test("During a change of the secret both are right")
        func rotation() async throws {
            try await withGitHub(environment: ["GITHUB_WEBHOOK_SECRET": "old=first,new=second"]) {
                origin, github throws in
                for secret in ["first", "second"] {
                    #expect(try origin.deliver(try github.delivery(of: .ping), secret: secret).status == 200)
                }
                expectProblem(try origin.deliver(try github.delivery(of: .ping), secret: "old=first"), 401)
            }
        }

        @Test("What is no delivery of GitHub's is refused: media type, JSON, header fields")
        func malformed() async throws {
            try await withGitHub { origin, github throws in
                let ping = try github.delivery(of: .ping)
                func post(_ fields: [(String, String)], _ body: [UInt8]) throws -> HTTPAnswer {
                    try origin.http.request("POST", "/api/webhooks/github", fields, body: body)
                }
                let signed = ping.fields(secret: GitHubSecrets.webhook)
                let form = signed.map { $0.0 == "Content-Type" ? ($0.0, "application/x-www-form-urlencoded") : $0 }
                expectProblem(try post(form, ping.body), 415)
                for name in ["X-GitHub-Event", "X-GitHub-Delivery"] {
                    expectProblem(try post(signed.filter { $0.0 != name }, ping.body), 400, "\(name)")
                    for value in ["", "a b", String(repeating: "x", count: 200), "issues\u{E9}"] {
                        let fields = signed.filter { $0.0 != name } + [(name, value)]
                        expectProblem(try post(fields, ping.body), 400, "\(name): \(value.prefix(20))")
                    }
                }
                for text in ["", "[]", "{", "null", "{\"action\":\"x\"} {}", "\u{FEFF}{}"] {
                    let broken = FakeGitHub.Delivery(event: "issues", body: Array(text.utf8))
                    expectProblem(try origin.deliver(broken), 400, "\(text)")
                }
                expectProblem(try origin.get("/api/webhooks/github"), 405)
                #expect(try origin.events("webhook") == [])
            }
        }

        @Test("ping is 200, an unknown event 202 and nothing more")
        func others() async throws {
            try await withGitHub { origin, github throws in
                _ = try origin.github("/issues")
                let keys = try origin.cachedKeys()
                #expect(try origin.deliver(try github.delivery(of: .ping)).status == 200)
                for name in ["star", "watch", "check_run", "installation", "something_new"] {
                    let answer = try origin.deliver(try github.delivery(of: .other(name)))
                    #expect(answer.status == 202, "\(name)")
                    expectCommonForm(answer)
                    #expect(try answer.json.ignored == true)
                }
                #expect(try origin.cachedKeys() == keys)
                #expect(try origin.events("webhook") == [])
            }
        }

        @Test("A delivery that comes again is 200, and nothing is done twice, also when all come at once")
        func replay() async throws {
            try await withGitHub { origin, github throws in
                let delivery = try github.delivery(of: .push())
                #expect(try origin.deliver(delivery).status == 202)
                _ = try origin.github("/commits")
                for _ in 0..<3 { #expect(try origin.deliver(delivery).status == 200) }
                #expect(try origin.github("/commits").cache == "hit dragonfly")
                let other = try github.delivery(of: .push())
                let answers = Answers()
                try HTTPClient.concurrently(8) { _ in answers.add(try origin.deliver(other)) }
                #expect(answers.all.count { $0.status == 202 } == 1)
                #expect(answers.all.count { $0.status == 200 } == 7)
                #expect(try origin.github("/commits").cache == "miss none")
                #expect(try eventually { try origin.events("webhook").count >= 2 })
                #expect(try origin.events("webhook").count == 2)
                // It is remembered for a day.
                let seen = try origin.store.content().map(\.key).filter { $0.contains("seen:webhook") }
                #expect(seen.count == 2)
                for key in seen {
                    #expect((86_000_000...86_400_000).contains(try origin.store.run("PTTL", key).integer ?? 0))
                }
            }
        }

        @Test("Up to 25 MiB are taken, a byte more is 413, whatever the signature")
        func sizes() async throws {
            try await withGitHub { origin, _ throws in
                let patient = HTTPClient(.port(origin.caddy.port), timeout: 60)
                for (count, status) in [(2 << 20, 202), (25 << 20, 202), ((25 << 20) + 1, 413)] {
                    let delivery = FakeGitHub.Delivery(event: "issues", body: Self.body(ofBytes: count))
                    #expect(delivery.body.count == count)
                    let answer = try delivery.post(to: patient, secret: GitHubSecrets.webhook)
                    #expect(answer.status == status, "\(count)")
                    if status == 413 {
                        expectProblem(answer, 413)
                        expectProblem(try delivery.post(to: patient, secret: "wrong"), 413)
                    }
                }
                #expect(try eventually { try origin.events("webhook").count == 2 })
            }
        }

        @Test("A repository that is not asked for changes nothing, but is told of")
        func foreign() async throws {
            let other = FakeGitHub.Repository.sample("elsewhere/wgmesh")
            try await withGitHub(others: [other]) { origin, github throws in
                _ = try origin.github("/commits")
                #expect(try origin.deliver(try github.delivery(of: .push(), in: "elsewhere/wgmesh")).status == 202)
                #expect(try origin.github("/commits").cache == "hit dragonfly")
                #expect(try eventually { try origin.events("webhook").first?.repository == "elsewhere/wgmesh" })
                var delivery = FakeGitHub.Delivery(event: "push", body: Array("{}".utf8))
                #expect(try origin.deliver(delivery).status == 202, "of no repository")
                delivery = FakeGitHub.Delivery(
                    event: "push", body: Array(#"{"repository":{"full_name":"../../x"},"action":7}"#.utf8))
                #expect(try origin.deliver(delivery).status == 202)
                #expect(try origin.github("/commits").cache == "hit dragonfly")
            }
        }
    }
}
