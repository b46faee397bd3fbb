import Foundation
import TestSupport
import Testing

extension EndToEnd.DashboardTests {
    /// The live view: the log and the events as they come.
    @Suite struct LiveTests {
        /// What a part of a hostile page would look like.
        private let hostile = "<img src=x onerror=violations.push('run')>"

        @Test("Lines appear as they are written, once each and in order, and one opens by the keyboard")
        func lines() async throws {
            try await withDashboard("live", mayComplain: true) { page throws in
                #expect(page.shows("live", in: ".live .state"))
                let marks = (0..<40).map { "line-\($0)" }
                for mark in marks { _ = try page.origin.get("/api/version", [("X-Request-ID", mark)]) }
                #expect(try eventually { try page.requestIDs.filter(marks.contains).count >= marks.count })
                let shown = try page.requestIDs.filter(marks.contains)
                let written = try page.origin.logLines("limit=1000").compactMap(\.request_id?.text).filter(
                    marks.contains)
                #expect(shown == written)
                #expect(Set(shown).count == marks.count)
                #expect(page.shows("GET /api/version", in: ".tail"))

                try page.browser.run("document.querySelector('.tail').focus()")
                // The last one of the lines, and the one before it.
                try page.browser.press("\u{E010}")
                try page.browser.press("\u{E007}")
                #expect(page.shows("span_id", in: ".fields"))
                #expect(try page.browser.run("return document.activeElement.getAttribute('aria-expanded')") == "true")
                try page.browser.press("\u{E007}")
                #expect(page.browser.waits(for: "!document.querySelector('.fields')"))
                let opened = "[...document.querySelectorAll('.open')].indexOf(document.activeElement)"
                let place = try page.browser.run("return \(opened)").integer ?? 0
                try page.browser.press("\u{E013}")
                #expect(try page.browser.run("return \(opened)").integer == place - 1)
            }
        }

        @Test("A page that is opened shows the last hundred lines")
        func beginning() async throws {
            try await withDashboard(mayComplain: true) { page throws in
                for number in 0..<150 { _ = try page.origin.get("/health", [("X-Request-ID", "early-\(number)")]) }
                // As the store has it: each time that the pool is asked puts a line behind them.
                #expect(try eventually { try page.origin.ring.contains { $0.request_id?.text == "early-149" } })
                try page.open("live")
                #expect(try eventually { try page.requestIDs.contains("early-149") })
                let count = try page.requestIDs.filter { $0.hasPrefix("early-") }.count
                #expect((80...100).contains(count), "\(count) beside the page's own")
            }
        }

        @Test("The level, a search and a request leave out the rest, are kept in the address, and are cleared again")
        func filters() async throws {
            try await withDashboard("live", environment: ["CHIMNEY_FAULTS": "true"], mayComplain: true) { page throws in
                #expect(page.shows("live", in: ".live .state"))
                _ = try page.origin.get("/debug/fail", [("X-Request-ID", "bad-one")])
                _ = try page.origin.get("/api/version", [("X-Request-ID", "good-one")])
                #expect(try eventually { try Set(page.requestIDs).isSuperset(of: ["bad-one", "good-one"]) })

                try page.choose("error", label: "Level from")
                #expect(try eventually { try Set(page.requestIDs) == ["bad-one"] })
                #expect(page.browser.waits(for: "location.hash === '#/live?level=error'"))
                try page.browser.click(".clear")
                #expect(try eventually { try page.requestIDs.contains("good-one") })
                #expect(page.browser.waits(for: "location.hash === '#/live'"))

                try page.browser.type("Good-One", into: ".search input")
                #expect(try eventually { try Set(page.requestIDs) == ["good-one"] })
                try page.browser.click(".clear")
                try page.browser.type("VERSION good-one", into: ".search input")
                #expect(try eventually { try Set(page.requestIDs) == ["good-one"] })
                try page.browser.type(" -GOOD", into: ".search input")
                #expect(page.shows("No line fits", in: ".tail"))
                try page.browser.click(".clear")
                try page.browser.type("-bad-one -/healthz -", into: ".search input")
                #expect(
                    try eventually {
                        let ids = try page.requestIDs
                        return ids.contains("good-one") && !ids.contains("bad-one")
                    })
                #expect(try !page.browser.text(".tail").contains("/healthz"))
                #expect(page.shows("/api/", in: ".tail"))
                try page.browser.click(".clear")

                try page.browser.click("a.request[data-request='bad-one']")
                #expect(try eventually { try Set(page.requestIDs) == ["bad-one"] })
                #expect(page.browser.waits(for: "location.hash === '#/live?request_id=bad-one'"))
                #expect(page.shows("Only request bad-one"))
                _ = try page.origin.get("/api/version", [("X-Request-ID", "bad-one")])
                #expect(page.shows("GET /api/version", in: ".tail"))
                try page.browser.run("history.back()")
                #expect(try eventually { try page.requestIDs.contains("good-one") })
            }
        }

        @Test("The address of a request shows what the ring still holds of it")
        func request() async throws {
            try await withDashboard(mayComplain: true) { page throws in
                _ = try page.origin.get("/api/version", [("X-Request-ID", "long-ago")])
                for _ in 0..<200 { _ = try page.origin.get("/health") }
                #expect(try eventually { try page.origin.logLines("limit=1000").count > 200 })
                try page.open("live?request_id=long-ago")
                #expect(try eventually { try page.requestIDs == ["long-ago"] })
            }
        }

        @Test("While it is paused lines wait, and are counted; then they are all there")
        func pause() async throws {
            try await withDashboard("live?search=wait-", mayComplain: true) { page throws in
                #expect(page.shows("live", in: ".live .state"))
                _ = try page.origin.get("/health", [("X-Request-ID", "wait-0")])
                #expect(try eventually { try page.requestIDs == ["wait-0"] })
                try page.browser.click(".pause")
                for number in 1...30 { _ = try page.origin.get("/health", [("X-Request-ID", "wait-\(number)")]) }
                #expect(page.shows("Paused: 30 new lines.", in: ".held"))
                #expect(try page.requestIDs == ["wait-0"])
                try page.browser.click(".pause")
                #expect(try eventually { try page.requestIDs.count == 31 })
                #expect(try Set(page.requestIDs) == Set((0...30).map { "wait-\($0)" }))
                #expect(page.hides("Paused", in: ".held"))
            }
        }

        @Test(
            "A trace's id leads to TRACE_URL, where that is an address of the web",
            arguments: [
                ("https://traces.example/t/{trace_id}?a=1&b=%22", true), ("", false),
                ("javascript:alert('{trace_id}')", false),
                ("https://traces.example/", false),
            ])
        func traces(template: String, isLink: Bool) async throws {
            try await withDashboard("live", caddy: ["TRACE_URL": template], mayComplain: true) { page throws in
                #expect(page.shows("live", in: ".live .state"))
                let trace = try #require(page.origin.get("/health", [("X-Request-ID", "traced")])["X-Trace-ID"])
                #expect(try eventually { try page.requestIDs.contains("traced") })
                let address = try page.browser.run(
                    "return document.querySelector('[data-request=traced]').closest('li').querySelector('.trace')?.href"
                )
                #expect(address.text == (isLink ? "https://traces.example/t/\(trace)?a=1&b=%22" : nil))
            }
        }

        @Test("What a line and an event say is text, and so is what no type is known for")
        func hostileText() async throws {
            try await withDashboard("live", mayComplain: true) { page throws in
                #expect(page.shows("live", in: ".live .state"))
                _ = try page.origin.get("/api/version/%3Cimg%20src=x%20onerror=violations.push('run')%3E")
                try page.origin.write(line: [
                    "msg": hostile, "request_id": hostile, "trace_id": hostile, hostile: hostile,
                ])
                #expect(page.shows(hostile, in: ".tail"))
                try page.browser.run("[...document.querySelectorAll('.open')].forEach(each => each.click())")
                let names = try page.browser.run(
                    "return [...document.querySelectorAll('dt')].map(each => each.innerText)")
                #expect(names.list.contains { $0.text == hostile })
                let title =
                    "{\"sha\":\"3051037\",\"outcome\":\"success\",\"slot\":\"blue\",\"duration_s\":47,\"pr_title\":\(JSON.quoted(hostile))}"
                #expect(try page.origin.post(title).status == 200)
                #expect(page.shows("Deploy of 3051037 ended with success", in: ".happenings"))
                #expect(page.shows(hostile, in: ".happenings"))
                try page.origin.write(event: "no.such", ["x": hostile])
                #expect(page.shows("no.such", in: ".happenings .rows"))
                #expect(page.shows("x \(hostile)", in: ".happenings"))
                #expect(try page.browser.run("return document.querySelectorAll('main img').length") == 0)
            }
        }

        @Test("Events come once each, newest first, and one type alone can be looked at")
        func events() async throws {
            try await withDashboard(mayComplain: true) { page throws in
                for _ in 0..<3 { _ = try page.origin.post(Event().json) }
                #expect(try eventually { try page.origin.get("/api/events/recent").json.events?.list.count == 3 })
                try page.open("live")
                #expect(try eventually { try page.eventIDs.count == 3 })
                for _ in 0..<3 { _ = try page.origin.post(Event().json) }
                #expect(try eventually { try page.eventIDs.count == 6 })
                try page.origin.write(event: "github.down", [:])
                #expect(page.shows("GitHub does not answer", in: ".happenings"))
                let ids = try page.eventIDs
                #expect(ids == ids.sorted(by: >))
                let recorded = try page.origin.get("/api/events/recent").json.events?.list.compactMap(\.id?.integer)
                #expect(ids == recorded?.reversed())
                try page.choose("github.down", label: "Type")
                #expect(try eventually { try page.eventIDs == [ids[0]] })
                _ = try page.origin.post(Event().json)
                try page.origin.write(event: "github.down", [:])
                #expect(try eventually { try page.eventIDs.count == 2 })
                #expect(page.hides("Deploy of", in: ".happenings .rows"))
            }
        }

        @Test("With LOGS_TOKEN the page asks for it, again where it was wrong, and says so where it is not given")
        func token() async throws {
            try await withDashboard("live", environment: ["LOGS_TOKEN": "right-one"], mayComplain: true) {
                page throws in
                #expect(page.shows("LOGS_TOKEN", in: "dialog"))
                try page.browser.type("wrong-one\u{E007}", into: "dialog input")
                #expect(page.shows("refused", in: "dialog .trouble"))
                try page.browser.press("\u{E00C}")
                #expect(page.browser.waits(for: "!document.querySelector('dialog')"))
                #expect(page.shows("not shown", in: ".live .state"))
                try page.browser.click(".admit")
                #expect(page.shows("LOGS_TOKEN", in: "dialog"))
                try page.browser.type("right-one\u{E007}", into: "dialog input")
                #expect(page.shows("live", in: ".live .state"))
                _ = try page.origin.get("/health", [("X-Request-ID", "told")])
                #expect(try eventually { try page.requestIDs.contains("told") })
                #expect(try !page.browser.requests().contains { $0.contains("right-one") })
                try page.browser.type("told", into: ".search input")
                #expect(try eventually { try Set(page.requestIDs) == ["told"] })
            }
        }

        @Test("Caddy's access log can be looked at in the same way")
        func caddy() async throws {
            let directory = try TemporaryDirectory()
            let path = directory.file("access.log")
            try await withDashboard(
                "live?source=caddy", environment: ["CADDY_ACCESS_LOG": path],
                caddy: ["CADDY_IMPORT": "chimney_access_log \(path)"], mayComplain: true
            ) { page throws in
                _ = try page.origin.get("/nothing", [("X-Request-ID", "of-caddy")])
                #expect(page.shows("GET /nothing", in: ".tail"))
                try page.browser.type("of-caddy", into: ".search input")
                #expect(try eventually { try page.requestIDs == ["of-caddy"] })
                try page.choose("chimney", label: "Source")
                #expect(page.shows("live", in: ".live .state"))
                #expect(page.hides("/nothing", in: ".tail"))
                _ = try page.origin.get("/health", [("X-Request-ID", "of-caddy")])
                #expect(page.shows("GET /health", in: ".tail"))
            }
        }

        @Test("A page that is left no longer asks for anything")
        func left() async throws {
            try await withDashboard("live", environment: ["LOGS_TOKEN": "right-one"], mayComplain: true) {
                page throws in
                #expect(page.shows("LOGS_TOKEN", in: "dialog"))
                try page.browser.run("location.hash = '#/'")
                #expect(page.browser.waits(for: "!document.querySelector('dialog') && document.querySelector('.hero')"))
                #expect(page.browser.waits(for: "!document.querySelector('.live')"))
            }
            try await withDashboard("live", mayComplain: true) { page throws in
                func count(_ path: String) throws -> Int {
                    try page.browser.requests().count { $0.contains(path) }
                }
                func hasStreams(_ count: Double) throws -> Bool {
                    try eventually(within: 90, every: 500) { try page.origin.samples["chimney_streams"] == count }
                }
                #expect(try hasStreams(2))
                try page.open()
                #expect(try hasStreams(1))
                try page.open("live?source=caddy")
                #expect(try eventually { try count("/api/logs/caddy") >= 2 })
                try page.open()
                #expect(page.browser.waits(for: "!document.querySelector('.live')"))
                let (logs, health) = (try count("/api/logs"), try count("/healthz"))
                // Which is asked for every 10 s, and Caddy's lines every 3 s.
                #expect(try eventually(within: 40, every: 200) { try count("/healthz") >= health + 2 })
                #expect(try count("/api/logs") == logs)
                #expect(try hasStreams(1))
            }
        }

        @Test("On a phone nothing is wider than the screen, with a line opened too")
        func phone() async throws {
            try await withDashboard(
                "live", caddy: ["TRACE_URL": "https://traces.example/{trace_id}"], mayComplain: true
            ) {
                page throws in
                try page.browser.resize(width: 390, height: 844)
                #expect(page.shows("live", in: ".live .state"))
                try page.origin.write(line: [
                    "level": "info", "msg": String(repeating: "long", count: 300), "request_id": "wide",
                ])
                _ = try page.origin.post(Event().json)
                #expect(page.shows("longlong", in: ".tail"))
                #expect(page.shows("Deploy of", in: ".happenings"))
                try page.browser.run("[...document.querySelectorAll('.open')].forEach(each => each.click())")
                #expect(page.browser.waits(for: "document.querySelector('.fields')"))
                for element in ["document.documentElement", "document.querySelector('.tail')"] {
                    #expect(try page.browser.run("return \(element).scrollWidth - \(element).clientWidth") == 0)
                }
            }
        }
    }
}
