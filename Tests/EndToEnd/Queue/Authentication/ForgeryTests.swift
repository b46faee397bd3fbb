import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Who forges tokens gets nothing by it, and costs little. The forms that there are, each by itself, are with the
    /// module.
    @Suite struct ForgeryTests {
        @Test("Forged tokens are 401, the eleventh of an address 429; valid ones pass all the while")
        func refused() async throws {
            try await withCallers { origin, callers in
                let valid = try callers.workflow()
                let parts = valid.split(separator: ".")
                let claims = TokenSigner.claims(of: callers.github.issuer)
                let forger = try TokenSigner("key-1")
                let forged = try [
                    TokenSigner.parts(claims, header: ["alg": "none"]) + ".",
                    "\(parts[0]).\(parts[1]).", valid + "=", valid + ".\(parts[2])", forger.token(claims),
                    callers.workflow(header: ["alg": "HS256"]), callers.workflow(header: ["kid": "key-2"]),
                    callers.workflow(["iss": "https://token.actions.githubusercontent.com"]),
                    callers.workflow(["aud": "other"]), callers.workflow(["exp": 1]), callers.workflow(["actor": nil]),
                    "..", "a.b.c", "a.b.c.d", String(repeating: "a", count: 9000) + "..",
                    callers.signer.sign(
                        TokenSigner.parts(claims, header: ["alg": "RS256", "kid": "key-1"]), padding: .PSS),
                ]
                #expect(try origin.queue(valid).status == 200)
                for (index, token) in forged.enumerated() {
                    let answer = try origin.queue(token, from: "198.51.100.\(index)")
                    expectProblem(answer, 401, "\(index)")
                    #expect(answer["WWW-Authenticate"] == "Bearer")
                    #expect(try origin.queue(valid, from: "198.51.100.\(index)").status == 200)
                }
                for index in 0..<12 {
                    let answer = try origin.queue(forged[index % forged.count], from: "192.0.2.1")
                    #expect(answer.status == (index < 10 ? 401 : 429))
                }
                #expect(try origin.queue(valid, from: "192.0.2.1").status == 200)
                #expect(callers.keyFetches == 1)
                #expect(callers.github.count() == 1)
            }
        }

        @Test("A flood of key ids that there are not is 401, and the issuer's keys are fetched once a minute")
        func flood() async throws {
            try await withCallers { origin, callers in
                let valid = try callers.workflow()
                #expect(try origin.queue(valid).status == 200)
                let statuses = Statuses()
                @Sendable func flood() throws {
                    try HTTPClient.concurrently(8) { client in
                        for index in 0..<40 {
                            let token = try callers.workflow(header: ["kid": .string("flood-\(client)-\(index)")])
                            statuses.add(try origin.queue(token, from: "198.18.\(client).\(index)").status)
                        }
                    }
                }
                try flood()
                #expect(statuses.all == [401: 320])
                #expect(callers.keyFetches == 1)
                // A minute later, with many at once: whoever has to wait for the fetch and may not is told to come again.
                let record = try #require(
                    try origin.store.content().map(\.key).first { $0.hasPrefix(origin.store.key("seen:jwks:")) })
                let text = try #require(try origin.store.run("GET", record).string)
                let end = try #require(text.firstIndex(of: "\n"))
                let time = try #require(Int(text[..<end]))
                try origin.store.run("SET", record, "\(time - 61_000)" + text[end...], "KEEPTTL")
                try origin.store.run("DEL", record.replacing("seen:jwks:", with: "lock:jwks:"))
                try flood()
                #expect(Set(statuses.all.keys).isSubset(of: [401, 429, 503]), "\(statuses.all)")
                #expect(callers.keyFetches == 2)
                #expect(try origin.queue(valid).status == 200)
            }
        }

        @Test("GitHub is asked about few more tokens of who has shown ten wrong ones; those that are known pass")
        func guesses() async throws {
            try await withCallers { origin, callers throws in
                func ask(_ token: String, from address: String) throws -> Int {
                    try origin.queue(token, organisation: "acme", from: address).status
                }
                #expect(try ask(Callers.token, from: "192.0.2.1") == 200)
                for index in 0..<10 { #expect(try ask("ghp_\(index)", from: "192.0.2.1") == 401) }
                #expect(callers.github.count("/user") == 11)
                let began = monotonicMilliseconds
                for index in 10..<30 { #expect(try ask("ghp_\(index)", from: "192.0.2.1") == 429) }
                // One in five seconds is let through, for those who share the address.
                let passes = 1 + (monotonicMilliseconds - began) / 5000 + 1
                #expect((1...passes).contains(callers.github.count("/user") - 11))
                #expect(try ask(Callers.token, from: "192.0.2.1") == 200)
                #expect(try ask("ghp_30", from: "192.0.2.2") == 401)
                #expect(callers.github.requests(for: "/user").last?["Authorization"] == "Bearer ghp_30")
            }
        }

        @Test("While the issuer does not answer, a quarter of the workers wait for it, and all else is answered")
        func slowIssuer() async throws {
            try await withCallers(workers: 8) { origin, callers throws in
                callers.github.hold(on: FakeGitHub.keySet)
                let statuses = Statuses()
                let clients = (0..<24).map { index in
                    Background { try origin.queue(try callers.workflow(), from: "198.51.100.\(index)").status }
                }
                #expect(callers.github.receives(for: FakeGitHub.keySet))
                for _ in 0..<20 { #expect(try origin.get("/health").status == 200) }
                #expect(try origin.queue("a.b.c", from: "192.0.2.9").status == 401)
                callers.github.release()
                for client in clients { statuses.add(try client.value()) }
                #expect(Set(statuses.all.keys).isSubset(of: [200, 503]), "\(statuses.all)")
                #expect(statuses.count(of: 200) >= 1)
                #expect(callers.keyFetches == 1)
                #expect(try origin.queue(try callers.workflow()).status == 200)
            }
        }

        @Test("While GitHub does not answer, a quarter of the workers wait for it, whatever tokens are shown")
        func slowGitHub() async throws {
            try await withCallers(workers: 8) { origin, callers throws in
                // Whose keys are known needs nothing of GitHub.
                #expect(try origin.queue(try callers.workflow()).status == 200)
                callers.github.hold(on: "/user*")
                let statuses = Statuses()
                let clients = (0..<24).map { index in
                    Background {
                        try origin.queue("ghp_\(index)", organisation: "acme", from: "198.51.100.\(index)").status
                    }
                }
                #expect(callers.github.receives(2, for: "/user"))
                for _ in 0..<20 { #expect(try origin.get("/health").status == 200) }
                #expect(try origin.queue(try callers.workflow()).status == 200)
                #expect(callers.github.mostRequestsUnderWay <= 3)
                callers.github.release()
                for client in clients { statuses.add(try client.value()) }
                #expect(statuses.count(of: 401) >= 2)
                #expect(statuses.count(of: 401) + statuses.count(of: 503) == 24, "\(statuses.all)")
                #expect(try origin.queue(Callers.token, organisation: "acme").status == 200)
            }
        }
    }
}
