import Foundation
import TestSupport
import Testing

extension EndToEnd.DashboardTests {
    /// The live view while its streams break.
    @Suite struct LiveStreamTests {
        @Test("The streamer killed again and again under a flow of lines: each line appears once, and in order")
        func killed() async throws {
            try await withDashboard("live?search=flow-", mayComplain: true) { page throws in
                #expect(page.shows("live", in: ".live .state"))
                // Rows come and go: all that ever came are noted.
                try page.browser.run(
                    """
                    window.got = []; window.gaps = 0;
                    new MutationObserver(records => records.forEach(record => record.addedNodes.forEach(row => {
                        if (row.classList.contains('gap')) gaps += 1;
                        else got.push([Number(row.dataset.line), row.querySelector('.request').dataset.request]);
                    }))).observe(document.querySelector('.lines'), { childList: true });
                    """)
                let client = FastCGIClient(.unix(page.origin.pool.socket))
                let rounds = 12
                for round in 0..<rounds {
                    if round % 3 == 1 {
                        let victim = try #require(value(within: 60) { page.origin.pool.streamers.first })
                        kill(victim, SIGKILL)
                    }
                    for number in round * 100..<round * 100 + 100 {
                        _ = try client.request("GET", "/health", variables: ["HTTP_X_REQUEST_ID": "flow-\(number)"])
                    }
                    // The ring holds 1,000 lines: they must not run away from the page.
                    let least = round * 100 - 200
                    #expect(page.browser.waits(for: "got.length >= \(least)", within: 30))
                }
                #expect(page.browser.waits(for: "got.length >= \(rounds * 100)", within: 30))
                let got = try page.browser.run("return got").list.map(\.list)
                let ids = got.compactMap { $0.first?.integer }
                #expect(ids == ids.sorted())
                #expect(got.count == rounds * 100)
                #expect(Set(got.compactMap { $0.last?.text }) == Set((0..<rounds * 100).map { "flow-\($0)" }))
                #expect(try page.browser.run("return gaps") == 0)
            }
        }

        @Test("Without a connection the page says so, goes on by itself, and tells of what it has missed for good")
        func offline() async throws {
            try await withDashboard("live", mayComplain: true) { page throws in
                func isOffline(_ value: Bool) throws {
                    try page.browser.command(
                        "Network.emulateNetworkConditions",
                        #"{"offline":\#(value),"latency":0,"downloadThroughput":-1,"uploadThroughput":-1}"#)
                }
                try page.browser.command("Network.enable")
                #expect(page.shows("live", in: ".live .state"))
                try isOffline(true)
                // What is connected stays so, whatever is emulated.
                let victim = try #require(value { page.origin.pool.streamers.first })
                kill(victim, SIGKILL)
                #expect(page.shows("not connected, tried again by itself", in: ".live .state"))
                #expect(page.shows("chimney cannot be reached", in: ".log .panel-note"))
                try page.origin.write(lines: 1100, line: ["msg": "missed #."])
                try page.origin.write(
                    events: 600, event: "queue", ["name": "app", "version": "#", "status": "deployed"])
                try isOffline(false)
                #expect(page.shows("live", in: ".live .state", within: 60))
                #expect(page.hides("cannot be reached", in: ".log"))
                #expect(page.shows("missed 1099.", in: ".tail"))
                #expect(page.shows("app 599 is deployed", in: ".happenings"))
                // What was missed is above what has come since: the filter brings its place back among the rows.
                try page.browser.type("no such line", into: ".search input")
                #expect(page.shows("Some lines are missing here", in: ".tail"))
                #expect(page.hides("missed 1099.", in: ".tail"))
            }
        }

        @Test(
            "While the store is away no page claims to be live, and lines come again by themselves",
            arguments: StoreOutage.allCases)
        func storeAway(kind: StoreOutage) async throws {
            let server = try StoreServer()
            try await withDashboard("live", server: server, mayComplain: true) { page throws in
                #expect(page.shows("live", in: ".live .state"))
                kind.begin(server)
                #expect(page.shows("the store is away: no new lines", in: ".live .state", within: 30))
                #expect(try !page.browser.text(".live .state").contains("live"))
                try kind.end(server)
                #expect(page.shows("live", in: ".live .state", within: 30))
                #expect(page.hides("store is away", in: ".live"))
                _ = try page.origin.get("/health", [("X-Request-ID", "back-again")])
                #expect(try eventually(within: 30) { try page.requestIDs.contains("back-again") })
            }
        }

        @Test("Of Caddy's log no line is left out where many come at once, and what is no longer kept is told")
        func caddy() async throws {
            try await withDashboard("live?source=caddy", mayComplain: true) { page throws in
                try page.origin.write(caddy: 10, line: ["msg": "line #."])
                #expect(page.shows("line 9.", in: ".tail"))
                try page.origin.write(caddy: 700, from: 10, line: ["msg": "line #."])
                #expect(page.shows("line 709.", in: ".tail"))
                try page.browser.type("line 11.", into: ".search input")
                #expect(page.shows("line 11.", in: ".tail"))
                #expect(try !page.browser.text(".tail").contains("missing"))
                try page.origin.write(caddy: 1100, from: 710, line: ["msg": "line #."])
                #expect(page.shows("Some lines are missing here", in: ".tail"))
            }
        }

        @Test("Who has scrolled away from the newest line stays where that is, and comes back by a click")
        func place() async throws {
            try await withDashboard("live?search=line", mayComplain: true) { page throws in
                #expect(page.shows("live", in: ".live .state"))
                try page.origin.write(lines: 390, line: ["msg": "line #."])
                #expect(page.shows("line 389.", in: ".tail"))
                let atEnd = "(t => t.scrollTop + t.clientHeight >= t.scrollHeight - 2)(document.querySelector('.tail'))"
                #expect(page.browser.waits(for: atEnd))
                try page.browser.run("document.querySelector('.tail').scrollTop = 4000")
                #expect(page.browser.waits(for: "!document.querySelector('.newest').hidden"))
                let seen = """
                    (t => document.elementFromPoint(t.left + 200, t.top + 100).closest('li').innerText)\
                    (document.querySelector('.tail').getBoundingClientRect())
                    """
                let before = try page.browser.run("return \(seen)")
                try page.origin.write(lines: 100, from: 390, line: ["msg": "line #."])
                #expect(page.shows("100 new lines", in: ".newest"))
                #expect(try page.browser.run("return \(seen)") == before)
                try page.browser.click(".newest")
                #expect(page.browser.waits(for: atEnd))
                #expect(page.browser.waits(for: "document.querySelector('.newest').hidden"))
                try page.origin.write(lines: 100, from: 490, line: ["msg": "line #."])
                #expect(page.shows("line 589.", in: ".tail"))
                #expect(page.browser.waits(for: atEnd))
            }
        }

        @Test("A stream is read as the standard says, wherever it is cut")
        func standard() async throws {
            // https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
            let streams: [(text: String, events: String)] = [
                (
                    ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
                    #"[["1","message","first event"],["","message","second event"],["","message"," third event"]]"#
                ),
                ("data\n\ndata\ndata\n\ndata:", #"[["","message",""],["","message","\n"]]"#),
                ("data:test\n\ndata: test\n\n", #"[["","message","test"],["","message","test"]]"#),
                (
                    "event: a\rdata: 1\rdata: 2\r\rid: 7\r\n\r\nevent: b\r\ndata: 3\r\n\r\n",
                    #"[["","a","1\n2"],["7","b","3"]]"#
                ),
                (
                    "id: 5\n\nevent: lost\n\ndata: x\n\nid: a\u{0}b\ndata: y\n\nunknown: z\n\n",
                    #"[["5","message","x"],["5","message","y"]]"#
                ),
                ("data: ü→😀\n\ndata: not ended\n", #"[["","message","ü→😀"]]"#),
            ]
            try await withDashboard("live", mayComplain: true) { page throws in
                for (text, events) in streams {
                    let got = try page.browser.run(
                        """
                        const text = \(JSON.quoted(text));
                        return import("/lib/stream.js").then(({ parser }) => {
                            const results = new Set();
                            for (let first = 0; first <= text.length; first += 1) {
                                for (let second = first; second <= text.length; second += 1) {
                                    const got = [];
                                    const parse = parser(({ id, type, data }) => got.push([id, type, data]));
                                    [text.slice(0, first), text.slice(first, second), text.slice(second)].forEach(parse);
                                    results.add(JSON.stringify(got));
                                }
                            }
                            return [...results];
                        });
                        """)
                    #expect(got.list.compactMap(\.text) == [events])
                }
                let other = try page.browser.run(
                    """
                    return import("/lib/stream.js").then(({ parser }) => {
                        const got = [];
                        const parse = parser(event => got.push(event.id), {
                            lastID: "3", onID: id => got.push("id " + id), onRetry: time => got.push(time),
                        });
                        parse("retry: 2000\\n\\nretry: 2x\\ndata: a\\n\\nid: 4\\n\\n");
                        return JSON.stringify(got);
                    });
                    """)
                #expect(other.text == #"[2000,"id 3","id 3","3","id 4"]"#)
            }
        }
    }
}
