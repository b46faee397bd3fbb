import HTTPClient
import HTTPTypes
import TestSupport
import Testing

extension HTTPSessionTests {
    /// What a server may cost, and what it takes to be believed.
    @Suite struct LimitTests {
        @Test func nobodyListens() throws {
            let port = try Address.freePort()
            let failure = try #require(
                try expectFailure(HTTPCall(.get, "http://127.0.0.1:\(port)/path?token=mark-query")))
            #expect(failure.kind == .connect)
            #expect(failure.description == "http://127.0.0.1:\(port): Connection refused")
        }

        @Test func namesThatDoNotExist() throws {
            // `.invalid` never exists (RFC 2606).
            let failure = try #require(try expectFailure(HTTPCall(.get, "http://name.invalid/")))
            #expect(failure.kind == .resolve)
            #expect(failure.origin == "http://name.invalid")
        }

        @Test func anAnswerThatDoesNotComeIsNotWaitedFor() throws {
            let server = try ScriptedHTTPServer { _ in
                var answer = HTTPServerAnswer()
                answer.delay = 60
                return answer
            }
            let failure = try expectFailure(HTTPCall(.get, server.url("/p?mark-query")).with { $0.totalLimit = 200 })
            #expect(failure?.kind == .timeout)
            #expect(failure?.reason == "no whole answer within 200 ms")
        }

        @Test func aConnectionThatDoesNotStandIsNotWaitedFor() throws {
            // A listening socket whose queue is full: the kernel lets further connections wait.
            let full = try FullListener()
            let failure = try expectFailure(HTTPCall(.get, full.url).with { $0.connectLimit = 200 })
            #expect(failure?.kind == .timeout)
            #expect(failure?.reason == "no connection within 200 ms")
        }

        @Test(arguments: [true, false])
        func contentHasALimit(_ isChunked: Bool) throws {
            let server = try ScriptedHTTPServer { _ in
                var answer = HTTPServerAnswer(body: [UInt8](repeating: 1, count: 100_000))
                answer.isChunked = isChunked
                return answer
            }
            let call = HTTPCall(.get, server.url())
            #expect(try session().perform(call.with { $0.bodyLimit = 100_000 }).body.count == 100_000)
            let failure = try expectFailure(call.with { $0.bodyLimit = 99_999 })
            #expect(failure?.kind == .tooLarge)
            #expect(failure?.reason == "the content of the answer exceeds 99999 bytes")
            // Without content there is nothing to be too large.
            #expect(try session().perform(HTTPCall(.head, server.url()).with { $0.bodyLimit = 0 }).status == .ok)
        }

        @Test func compressedContentIsDecoded() throws {
            let text = [UInt8](String(repeating: "the same again, ", count: 5000).utf8)
            let compressed = try gzip(text)
            try #require(compressed.count < 1000)
            let server = try ScriptedHTTPServer { request in
                request["Accept-Encoding"]?.contains("gzip") == true
                    ? HTTPServerAnswer(200, [("Content-Encoding", "gzip")], body: compressed) : HTTPServerAnswer(406)
            }
            #expect(try session().perform(HTTPCall(.get, server.url())).body == text)
            // The limit is for what it becomes.
            let failure = try expectFailure(HTTPCall(.get, server.url()).with { $0.bodyLimit = text.count - 1 })
            #expect(failure?.kind == .tooLarge)
        }

        @Test func compressedContentThatIsNoneIsBroken() throws {
            let server = try ScriptedHTTPServer { _ in
                HTTPServerAnswer(200, [("Content-Encoding", "gzip")], text: "this is no gzip at all")
            }
            #expect(try expectFailure(HTTPCall(.get, server.url()))?.kind == .broken)
        }

        @Test func headersHaveALimit() throws {
            let server = try ScriptedHTTPServer { _ in
                HTTPServerAnswer(200, (0..<100).map { ("X-Field-\($0)", String(repeating: "x", count: 1000)) })
            }
            let failure = try expectFailure(HTTPCall(.get, server.url()))
            #expect(failure?.kind == .tooLarge)
            #expect(failure?.reason == "the header of the answer exceeds 65536 bytes")
            #expect(try session().perform(HTTPCall(.get, server.url()).with { $0.headerLimit = 200_000 }).status == .ok)
        }

        @Test(arguments: [true, false], [30, 90, 150])
        func whatIsCutOffIsBroken(_ isChunked: Bool, _ count: Int) throws {
            let server = try ScriptedHTTPServer { _ in
                var answer = HTTPServerAnswer(body: [UInt8](repeating: 65, count: 1000))
                answer.isChunked = isChunked
                answer.cutAfter = count
                return answer
            }
            #expect(try expectFailure(HTTPCall(.get, server.url()))?.kind == .broken)
        }

        @Test func noAnswerAndNoHTTPAreBroken() throws {
            for raw in ["", "SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 \r\n\r\n"] {
                let server = try ScriptedHTTPServer { _ in
                    var answer = HTTPServerAnswer()
                    answer.raw = Array(raw.utf8)
                    return answer
                }
                #expect(try expectFailure(HTTPCall(.get, server.url()))?.kind == .broken, "\(raw)")
            }
        }

        @Test(arguments: [
            "", "nonsense", "/path", "ftp://127.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1/", "http://",
            "http://user:mark-secret@127.0.0.1/", "http://mark-secret@127.0.0.1/", "http://127.0.0.1:99999/",
            "http://127.0.0.1/a b", "http://127.0.0.1/\r\nX-Evil: 1",
        ])
        func otherURLsAreRefused(_ url: String) throws {
            let failure = try #require(try expectFailure(HTTPCall(.get, url)))
            #expect(failure.kind == .invalid)
            #expect(!failure.description.contains("mark-"))
        }

        @Test func failuresHoldNoSecret() throws {
            let server = try ScriptedHTTPServer { request in
                var answer = HTTPServerAnswer(302, [("Location", "http://127.0.0.1:1/mark-target?mark-query")])
                switch request.path {
                case "/mark-delay": answer.delay = 60
                case "/mark-drop": answer.raw = Array("mark-nonsense\r\n\r\n".utf8)
                default: break
                }
                return answer
            }
            for path in ["/mark-delay", "/mark-drop", "/mark-redirect"] {
                let call = HTTPCall(
                    .post, server.url("\(path)?token=mark-query"),
                    fields: [.authorization: "Bearer mark-secret", .cookie: "mark-cookie"],
                    body: Array("mark-body".utf8))
                let failure = try expectFailure(
                    call.with {
                        $0.totalLimit = 300
                        $0.followsRedirects = true
                    })
                #expect(failure?.origin == "http://127.0.0.1:\(server.port)")
                #expect(failure?.description.contains("mark-") == false)
            }
        }
    }
}
