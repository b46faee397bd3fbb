import Foundation
import TestSupport
import Testing

extension EndToEnd.UnderFire {
    /// What is made to be dear to read costs hardly more than what is not, and no more memory than a few times its size.
    @Suite struct ParserCostTests {
        /// A body that somebody could hope to be dear, of about so many bytes.
        private struct Bomb: Sendable {
            let name: String
            let text: @Sendable (Int) -> String

            init(_ name: String, _ text: @escaping @Sendable (Int) -> String) {
                self.name = name
                self.text = text
            }

            /// A member with a value that is repeated.
            static func member(_ name: String, _ begin: String, _ part: String, _ end: String) -> Bomb {
                Bomb("\(name) of \(part)") { size in
                    "{\"\(name)\":\(begin)\(String(repeating: part, count: size / part.utf8.count))\(end)}"
                }
            }
        }

        private static let bombs: [Bomb] = [
            Bomb("arrays in arrays") { String(repeating: "[", count: $0) },
            Bomb("objects in objects") { String(repeating: #"{"a":"#, count: $0 / 5) },
            Bomb("arrays in arrays that end") {
                String(repeating: "[", count: $0 / 2) + String(repeating: "]", count: $0 / 2)
            },
            Bomb("members") { size in "{" + (0..<size / 12).map { "\"m\($0)\":1" }.joined(separator: ",") + "}" },
            Bomb("one member again and again") {
                "{" + String(repeating: #""sha":"0","#, count: $0 / 10) + #""sha":"1"}"#
            },
            .member("duration_s", "", "9", ""), .member("duration_s", "0.", "3", ""),
            .member("duration_s", "1e", "9", ""),
            .member("duration_s", "-0.", "0", "1e-9"), .member("pr_number", "1", "0", ""),
            .member("pr_title", "\"", "x", "\""), .member("pr_title", "\"", #"\u0000"#, "\""),
            .member("pr_title", "\"", #"\ud800"#, "\""), .member("pr_title", "\"", #"\ud83d\ude00"#, "\""),
            .member("pr_title", "\"a", "\u{301}", "\""), .member("pr_title", "\"", "👨‍👩‍👧", "\""),
            .member("origin_ips", "[", #""1.1.1.1","#, "\"::\"]"), .member("origin_ips", "[", "[],", "[]]"),
            .member("origin_ips", "[", "{},", "{}]"), .member("unknown", "[", "0,", "0]"),
            .member("unknown", "", " ", "null"),
            Bomb("names") { "{\"\(String(repeating: "n", count: $0))\":1}" },
            Bomb("no JSON") { String(repeating: "\u{0}", count: $0) },
            Bomb("no end") { "{\"a\":\"" + String(repeating: "\\\\", count: $0 / 2) },
        ]

        /// The nanoseconds that a worker has run for (Documentation/scheduler/sched-stats), once it has done what it does after an
        /// answer.
        private static func time(_ pid: pid_t) throws -> Double {
            try #require(eventually(every: 1) { isAsleep(pid) })
            let text = try String(contentsOfFile: "/proc/\(pid)/schedstat", encoding: .utf8)
            return Double(text.split(separator: " ").first ?? "") ?? 0
        }

        @Test("A body of a mebibyte costs by its length, whatever is in it, and one of 24 likewise")
        func bodies() async throws {
            let settings = [
                "GITHUB_WEBHOOK_SECRET": "hook", "WEBHOOK_SECRET": "call", "INVALIDATE_TOKEN": "invalidate",
                "ADMIN_TOKEN": "admin",
                "AUTH_ENABLED": "false", "DEV_ORGANISATION": "acme",
            ]
            try await withOrigin(workers: 1, environment: settings) { origin in
                let worker = try #require(origin.pool.workers.first)
                /// What answering takes the worker, at best of a few times.
                func cost(_ ask: () throws -> HTTPAnswer) throws -> (time: Double, status: Int) {
                    var best = (time: Double.infinity, status: 0)
                    for _ in 0..<2 {
                        let before = try Self.time(worker)
                        let answer = try ask()
                        best = (min(best.time, try Self.time(worker) - before), answer.status)
                    }
                    return best
                }
                func event(_ text: String) throws -> HTTPAnswer {
                    try origin.http.patient.post("/api/deploy/events", text, token: Origin.deployToken)
                }
                func hook(_ text: String) throws -> HTTPAnswer {
                    let delivery = FakeGitHub.Delivery(event: "star", body: Array(text.utf8))
                    return try delivery.post(to: origin.http.patient, secret: "hook")
                }
                let size = EndToEnd.UnderFire.count(400_000, long: 1_000_000)
                // The dearest that a client sends who means no harm, and that is taken for right: many members, most of them unknown.
                let plain = try cost { try event(Self.bombs[3].text(size / 4)) }
                for bomb in Self.bombs {
                    let seen = try cost { try event(bomb.text(size)) }
                    #expect([400, 422].contains(seen.status), "\(bomb.name): \(seen.status)")
                    // Four times as long, and a good deal to spare: what grows with the square would take sixteen times.
                    #expect(seen.time < plain.time * 12, "\(bomb.name): \(seen.time / plain.time) times")
                }
                let large = EndToEnd.UnderFire.isLong ? Self.bombs : [0, 3, 4, 5, 11, 18].map { Self.bombs[$0] }
                let short = try cost { try hook(Self.bombs[3].text(size)) }
                for bomb in large {
                    let seen = try cost { try hook(bomb.text(size * 20)) }
                    #expect([202, 400].contains(seen.status), "\(bomb.name): \(seen.status)")
                    #expect(seen.time < short.time * 20 * 4, "\(bomb.name): \(seen.time / short.time) times")
                }
                // All others that take a body read it in the same way, once they know who sends it.
                for path in ["/deploy", "/deploy/rollback"] {
                    for bomb in large {
                        let delivery = FakeGitHub.Delivery(event: "", body: Array(bomb.text(size).utf8))
                        let status = try delivery.post(to: origin.http.patient, path, secret: "call").status
                        #expect([400, 404, 422].contains(status), "\(path) \(bomb.name): \(status)")
                    }
                }
                for (path, token) in [("/api/cache/invalidate", "invalidate"), ("/api/log-level", "admin")] {
                    for bomb in large {
                        let status = try origin.http.patient.post(path, bomb.text(size), token: token).status
                        #expect([400, 422].contains(status), "\(path) \(bomb.name): \(status)")
                    }
                }
                for bomb in large {
                    let path = "\(Callers.path)/00000000-0000-0000-0000-000000000000"
                    for (method, path) in [("POST", Callers.path), ("PATCH", path), ("POST", "\(Callers.path)/claim")] {
                        let fields = [("Content-Type", "application/json")]
                        let answer = try origin.http.patient.request(
                            method, path, fields, body: Array(bomb.text(size).utf8))
                        #expect(
                            [204, 400, 404, 422].contains(answer.status),
                            "\(method) \(path) \(bomb.name): \(answer.status)")
                    }
                }
                // The body, the text that it is decoded to, and what libraries keep.
                #expect(try #require(Footprint.mostMemory(of: worker)) < 200 << 20)
                #expect(origin.workers == [worker])
            }
        }

        @Test("A query of thousands of parameters costs by its length, on every route")
        func queries() async throws {
            try await withOrigin(workers: 1) { origin in
                let worker = try #require(origin.pool.workers.first)
                let queries = [
                    "&", "a&", "a=1&", "page=1&", "limit=1&", "%41&", "+", "=", "a=%2541&", "service=x&", "level=info&",
                    "status=x&",
                ].map { String(repeating: $0, count: 80_000 / $0.utf8.count) }
                for path in [
                    "/api/deploy/status", "/api/deploy/events", "/api/cache/stats", "/api/logs", "/healthz",
                    "/api/events/recent",
                ] {
                    for query in queries {
                        let before = try Self.time(worker)
                        let answer = try origin.get("\(path)?\(query)")
                        let spent = try Self.time(worker) - before
                        #expect([200, 204, 400].contains(answer.status), "\(path)?\(query.prefix(9)) \(answer.status)")
                        // Milliseconds where a parameter costs some hundred nanoseconds; seconds where each is compared with each.
                        #expect(spent < 1e9, "\(path)?\(query.prefix(9)) \(spent)")
                    }
                }
                #expect(try #require(Footprint.mostMemory(of: worker)) < 100 << 20)
                #expect(origin.workers == [worker])
            }
        }

        @Test("What a token is made of is not read further than it may be long, and costs no more than a right one")
        func tokens() async throws {
            try await withCallers(workers: 1) { origin, callers in
                let worker = try #require(origin.pool.workers.first)
                var address = 0
                func cost(_ token: String) throws -> (time: Double, status: Int) {
                    var best = (time: Double.infinity, status: 0)
                    for _ in 0..<4 {
                        // Failures of one address are counted; see FailedAuthenticationTests.
                        address += 1
                        let before = try Self.time(worker)
                        let status = try origin.queue(token, from: "10.0.\(address >> 8).\(address & 255)").status
                        best = (min(best.time, try Self.time(worker) - before), status)
                    }
                    return best
                }
                let right = try callers.workflow()
                _ = try cost(right)
                let plain = try cost(right)
                #expect(plain.status == 200)
                func encoded(_ text: String) -> String {
                    Data(text.utf8).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing(
                        "=", with: "")
                }
                let signature = encoded(String(repeating: "s", count: 256))
                let deep = String(repeating: "[", count: 2000)
                let headers = [
                    "{", deep, #"{"alg":"RS256","kid":"key-1","x":\#(deep)}"#,
                    #"{"alg":"RS256","alg":"none","kid":"key-1"}"#,
                    #"{"alg":"none","kid":"key-1"}"#, #"{"alg":"HS256","kid":"key-1"}"#,
                    #"{"alg":"RS256","kid":\#(String(repeating: "9", count: 2000))}"#,
                    #"{"alg":"RS256","kid":"\#(String(repeating: "k", count: 2500))"}"#,
                    #"{"alg":"RS256","kid":"\ud800"}"#,
                    #"{"alg":"RS256","kid":"key-1","exp":1e999999}"#, "\u{FEFF}{}", "\"\\",
                    "{\"alg\":\"RS256\",\"kid\":\"key-1\u{0}\"}",
                    "{" + (0..<250).map { "\"m\($0)\":1" }.joined(separator: ",") + "}",
                    String(repeating: "x", count: 3000),
                ].map { "\(encoded($0)).\(encoded("{}")).\(signature)" }
                let shapes = [
                    "..", "a..", String(repeating: ".", count: 2), "a.\(String(repeating: "b", count: 16_000)).c",
                    right + "=", right + "A",
                    right.replacing(".", with: "=."), String(right.dropLast(5)), right.lowercased(), "\(right).x",
                    "-.-.-", "a.b.c",
                ]
                for token in headers + shapes {
                    let seen = try cost(token)
                    #expect([400, 401].contains(seen.status), "\(seen.status) \(token.prefix(60))")
                    // Less than a millisecond, so that what else the machine does makes several of one.
                    #expect(seen.time < plain.time * 16, "\(seen.time / plain.time) times: \(token.prefix(60))")
                }
                // Signed by the issuer itself, as nobody but it could: what the claims hold is read with the same care.
                for claims: [String: JSON?] in [
                    ["exp": .number(1e300)], ["exp": .number(-1e300)], ["exp": "9999999999"], ["nbf": .number(1e300)],
                    ["aud": [.array([])]],
                    ["repository_owner": .array([.string("acme")])], ["iss": .null],
                    ["actor": .string(String(repeating: "a", count: 5000))],
                    ["repository": .string("a\u{0}b")], ["repository_owner": .string("acme\u{0}")], ["exp": nil],
                ] {
                    let status = try origin.queue(try callers.workflow(claims), from: "203.0.113.77").status
                    #expect(
                        [401, 429].contains(status) || (claims["exp"] == .number(1e300) && status == 200), "\(claims)")
                }
                #expect(origin.workers == [worker])
            }
        }
    }
}
