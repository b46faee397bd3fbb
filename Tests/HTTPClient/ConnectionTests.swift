import HTTPClient
import TestSupport
import Testing

import Glibc

extension HTTPSessionTests {
    /// Connections, and many calls at once.
    @Suite struct ConnectionTests {
        @Test func oneConnectionIsUsedAgain() throws {
            let server = try ScriptedHTTPServer { request in HTTPServerAnswer(text: request.path) }
            let session = try session()
            for index in 0..<20 {
                #expect(try session.perform(HTTPCall(.get, server.url("/\(index)"))).body == Array("/\(index)".utf8))
            }
            #expect(server.connections == 1)
            #expect(server.requests.count == 20)
        }

        @Test func aConnectionThatTheServerHasClosedIsMadeAnew() throws {
            let server = try ScriptedHTTPServer { request in
                var answer = HTTPServerAnswer(text: "whole")
                // Exactly all of it: the connection ends without a word.
                answer.cutAfter = request.path == "/last" ? 10_000 : nil
                return answer
            }
            let session = try session()
            #expect(try session.perform(HTTPCall(.post, server.url("/last"), body: [1])).body == Array("whole".utf8))
            #expect(eventually { server.openConnections == 0 })
            #expect(try session.perform(HTTPCall(.post, server.url("/next"), body: [2])).body == Array("whole".utf8))
            #expect(server.connections == 2)
        }

        /// libcurl repeats what got no answer on a kept connection.
        @Test func onlyWhatIsRepeatableReachesTheServerTwice() throws {
            let server = try ScriptedHTTPServer { request in
                request.path == "/drop" ? .drop : HTTPServerAnswer(text: "x")
            }
            let session = try session()
            func dropped(_ call: HTTPCall) throws -> Int {
                _ = try session.perform(HTTPCall(.get, server.url("/")))
                let before = server.requests.count
                #expect(throws: HTTPCall.Failure.self) { try session.perform(call) }
                return server.requests.count - before
            }
            #expect(try dropped(HTTPCall(.post, server.url("/drop"), body: [1])) == 1)
            #expect(try dropped(HTTPCall(.patch, server.url("/drop"), body: [1])) == 1)
            var call = HTTPCall(.post, server.url("/drop"), body: [1])
            call.isRepeatable = true
            #expect(try dropped(call) == 2)
        }

        @Test func manyAreMadeAtOnce() throws {
            let gate = Gate()
            let server = try ScriptedHTTPServer { request in
                // None is answered before ten of them have come.
                gate.pass(10)
                return HTTPServerAnswer(text: request.path)
            }
            let session = try session()
            var bodies: Set<String> = []
            for index in 0..<10 {
                session.start(HTTPCall(.get, server.url("/\(index)"))) { result in
                    if case .success(let answer) = result {
                        bodies.insert(String(decoding: answer.body, as: UTF8.self))
                    }
                }
            }
            #expect(session.inFlight == 10)
            #expect(bodies.isEmpty)
            #expect(run(session) { bodies.count == 10 })
            #expect(session.inFlight == 0)
        }

        @Test func callsBeyondTheConnectionsOfAServerWaitForOne() throws {
            let server = try ScriptedHTTPServer { _ in HTTPServerAnswer(text: "x") }
            let session = try session()
            var answered = 0
            for _ in 0..<200 {
                session.start(HTTPCall(.get, server.url())) { if case .success = $0 { answered += 1 } }
            }
            #expect(run(session) { answered == 200 })
            #expect(server.connections <= 40)
        }

        @Test func aCompletionMayMakeCalls() throws {
            let server = try ScriptedHTTPServer { request in HTTPServerAnswer(text: request.path) }
            let session = try session()
            var inner: [UInt8]?
            var later: [UInt8]?
            session.start(HTTPCall(.get, server.url("/first"))) { _ in
                inner = try? session.perform(HTTPCall(.get, server.url("/waited-for"))).body
                session.start(HTTPCall(.get, server.url("/started"))) { later = try? $0.get().body }
            }
            #expect(run(session) { later != nil })
            #expect(inner == Array("/waited-for".utf8))
            #expect(later == Array("/started".utf8))
        }

        @Test func descriptorsAreWatched() throws {
            let session = try session()
            var pipe: [Int32] = [0, 0]
            try #require(Glibc.pipe(&pipe) == 0)
            defer { for descriptor in pipe { close(descriptor) } }
            let soon = UInt64(monotonicMilliseconds + 20) * 1000
            #expect(session.run(until: soon, alsoWatching: [pipe[0]]) == [])
            #expect(write(pipe[1], "x", 1) == 1)
            let late = UInt64(monotonicMilliseconds + 20_000) * 1000
            #expect(session.run(until: late, alsoWatching: [pipe[0]]) == [pipe[0]])
        }

        @Test func allCanBeGivenUp() throws {
            let server = try ScriptedHTTPServer { _ in
                var answer = HTTPServerAnswer()
                answer.delay = 60
                return answer
            }
            let session = try session()
            var failures: [HTTPCall.Failure.Kind] = []
            for url in [server.url(), server.url(), "nonsense"] {
                session.start(HTTPCall(.get, url)) {
                    if case .failure(let failure) = $0 { failures.append(failure.kind) }
                }
            }
            _ = run(session) { server.requests.count == 2 }
            session.cancelAll()
            #expect(failures.sorted { "\($0)" < "\($1)" } == [.cancelled, .cancelled, .invalid])
            #expect(session.inFlight == 0)
            #expect(eventually { server.openConnections == 0 })
        }
    }
}
