import Foundation

extension FakeGitHub {
    /// Another way to answer a request than the usual one.
    public struct Behaviour: Sendable {
        let answer: @Sendable (HTTPServerRequest, () -> HTTPServerAnswer) -> HTTPServerAnswer

        /// A way to answer, by the request and what would be answered usually.
        public init(
            _ answer:
                @escaping @Sendable (_ request: HTTPServerRequest, _ usual: () -> HTTPServerAnswer) ->
                HTTPServerAnswer
        ) {
            self.answer = answer
        }

        /// This answer, with the header fields that GitHub always sends.
        public static func answer(_ answer: HTTPServerAnswer) -> Behaviour { Behaviour { _, _ in answer } }

        /// The usual answer: to let a request pass before others that fare differently.
        public static let usual = Behaviour { _, usual in usual() }

        /// The usual answer, after some seconds.
        public static func slow(_ seconds: Double) -> Behaviour {
            Behaviour { _, usual in
                var answer = usual()
                answer.delay = seconds
                return answer
            }
        }

        /// No answer at all, as long as the fake runs and the client waits.
        public static let silent = slow(.infinity)

        /// A connection that ends without an answer.
        public static let dropped = answer(.drop)

        /// A connection that is reset without an answer.
        public static let reset = answer(.reset)

        /// The usual answer, with a reset in its middle.
        public static let resetInMiddle = Behaviour { request, usual in
            var answer = usual()
            answer.cutAfter = answer.bytes(to: request.method).count / 2
            answer.isReset = true
            return answer
        }

        /// The usual answer, a byte each so many seconds.
        public static func dripping(_ seconds: Double) -> Behaviour {
            Behaviour { _, usual in
                var answer = usual()
                answer.pace = seconds
                return answer
            }
        }

        /// A header that does not end.
        public static let endlessHeader = answer(.endlessHeader)

        /// A body that does not end.
        public static let endlessBody = answer(.endlessBody)

        /// A small body that is a very large one once it is decoded.
        public static let bomb = Behaviour { _, _ in HTTPServerAnswer.bomb }

        /// 200 with JSON that is nothing of what is expected anywhere.
        public static let otherTypes = Behaviour { _, _ in
            HTTPServerAnswer(
                200, [("Content-Type", "application/json")], text: #"{"message":[1,{"login":2}],"id":"x"}"#)
        }

        /// A status with GitHub's JSON.
        public static func error(_ status: Int, _ message: String) -> Behaviour {
            answer(HTTPServerAnswer(GitHubReply.error(status, message)))
        }

        /// 502 with a page for people, as GitHub answers when it is overloaded.
        public static let serverError = serverError(502)

        /// A 5xx with a page for people.
        public static func serverError(_ status: Int) -> Behaviour {
            answer(
                HTTPServerAnswer(
                    status, [("Content-Type", "text/html; charset=utf-8")],
                    text: "<!DOCTYPE html><title>Unicorn! &middot; GitHub</title>"))
        }

        /// 200 with something that is no JSON.
        public static let garbage = answer(
            HTTPServerAnswer(
                200, [("Content-Type", "application/json; charset=utf-8")],
                body: Array("{\"id\":".utf8) + [0xFF, 0, 0x1B])
        )

        /// Something that is no HTTP.
        public static let noHTTP = Behaviour { _, _ in
            var answer = HTTPServerAnswer()
            answer.raw = Array("SSH-2.0-OpenSSH_9.2\r\n".utf8)
            return answer
        }

        /// A list of one string so long that the body has this many bytes.
        public static func oversized(_ bytes: Int = 10_485_761, isChunked: Bool = false) -> Behaviour {
            Behaviour { _, _ in
                var answer = HTTPServerAnswer(
                    200, [("Content-Type", "application/json; charset=utf-8")],
                    body: Array("[\"".utf8) + [UInt8](repeating: UInt8(ascii: "x"), count: max(bytes - 4, 0))
                        + Array("\"]".utf8))
                answer.isChunked = isChunked
                return answer
            }
        }

        /// The usual answer, whose body is cut off in the middle.
        public static let truncated = Behaviour { request, usual in
            var answer = usual()
            answer.cutAfter = answer.bytes(to: request.method).count - answer.body.count / 2
            return answer
        }

        /// 301 to another path of this server, as for a repository that has got another name.
        public static func moved(to path: String) -> Behaviour {
            Behaviour { request, _ in
                redirect(301, "http://\(request["Host"] ?? "")\(path)", "Moved Permanently")
            }
        }

        /// 302 to where the request has come to.
        public static let circle = Behaviour { request, _ in HTTPServerAnswer.circle(request) }

        /// 302 to another server.
        public static func redirected(to url: String) -> Behaviour {
            answer(redirect(302, url, "Found"))
        }

        private static func redirect(_ status: Int, _ url: String, _ message: String) -> HTTPServerAnswer {
            let payload: Payload = [
                "message": message, "url": url,
                "documentation_url": "https://docs.github.com/rest/guides/best-practices-for-using-the-rest-api",
            ]
            var answer = HTTPServerAnswer(
                status, [("Location", url), ("Content-Type", "application/json; charset=utf-8")])
            answer.body = payload.json
            return answer
        }

        // https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api

        /// The quota is used up (`FakeGitHub.setQuota` has the fake come to this by itself).
        ///
        /// - Parameters:
        ///   - reset: seconds until there is a new one.
        ///   - status: 403, or 429, which GitHub may answer as well.
        public static func primaryLimit(reset: Int = 60, status: Int = 403) -> Behaviour {
            Behaviour { _, _ in
                var answer = HTTPServerAnswer(
                    .error(
                        status, "API rate limit exceeded for user ID 583231.",
                        about: "/using-the-rest-api/rate-limits-for-the-rest-api"))
                answer.fields += [
                    ("X-RateLimit-Limit", "5000"), ("X-RateLimit-Remaining", "0"),
                    ("X-RateLimit-Reset", "\(Int(Date().timeIntervalSince1970) + reset)"),
                    ("X-RateLimit-Used", "5000"), ("X-RateLimit-Resource", "core"),
                ]
                return answer
            }
        }

        /// Too much in too short a time, while there is quota left.
        ///
        /// - Parameters:
        ///   - retryAfter: seconds in `Retry-After`; nil for none, and a client has to know by the message.
        ///   - status: 403 or 429.
        public static func secondaryLimit(retryAfter: Int? = 60, status: Int = 403) -> Behaviour {
            Behaviour { _, _ in
                var answer = HTTPServerAnswer(
                    .error(
                        status,
                        "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
                        about: "/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits"))
                if let retryAfter { answer.fields.append(("Retry-After", "\(retryAfter)")) }
                return answer
            }
        }

        /// 403 for a token that may not do this: no matter of rates.
        public static let forbidden = error(403, "Resource not accessible by integration")

        /// 404
        public static let notFound = error(404, "Not Found")
    }
}

extension HTTPServerAnswer {
    init(_ reply: GitHubReply) {
        self.init(reply.status, [("Content-Type", "application/json; charset=utf-8")], body: reply.body)
        if let link = reply.link { fields.append(("Link", link)) }
        if let modified = reply.modified { fields.append(("Last-Modified", HTTPDate.text(modified))) }
    }
}
