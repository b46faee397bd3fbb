import Foundation
import TestSupport
import Testing

extension EndToEnd.DashboardTests {
    /// Whether everybody can use it: by axe-core (https://github.com/dequelabs/axe-core), and by what it does not look at.
    @Suite struct AccessibilityTests {
        /// What axe-core finds wrong in what is shown. All its rules for the Web Content Accessibility Guidelines, the strictest
        /// included, and what is good practice besides.
        private func violations(of page: Dashboard) throws -> [String] {
            if try page.browser.run("return typeof axe").text != "object" {
                let source = try String(contentsOfFile: Self.axe(), encoding: .utf8)
                try page.browser.command("Runtime.evaluate", #"{"expression":\#(JSON.quoted(source))}"#)
            }
            return try page.found(
                """
                return axe.run(document, {
                  runOnly: ['wcag2a', 'wcag2aa', 'wcag2aaa', 'wcag21a', 'wcag21aa', 'best-practice'],
                  rules: { 'color-contrast-enhanced': { enabled: true }, 'identical-links-same-purpose': { enabled: true } },
                  resultTypes: ['violations'],
                }).then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(
                  ({ html, any, all, none }) => `${id}: ${html.slice(0, 200)}: ${[...any, ...all, ...none].map(each => each.message)}`)));
                """)
        }

        private func expectNone(
            of page: Dashboard, _ place: @autoclosure () -> Comment? = nil,
            at location: SourceLocation = #_sourceLocation
        ) throws {
            let found = try violations(of: page)
            #expect(found.isEmpty, place(), sourceLocation: location)
        }

        @Test("axe-core finds what is wrong")
        func axeAtWork() async throws {
            try await withFullDashboard { page throws in
                try page.browser.run(
                    """
                    const wrong = document.createElement('div');
                    wrong.append(document.createElement('img'), document.createElement('button'), 'words');
                    wrong.style.color = '#777';
                    document.querySelector('main').append(wrong);
                    """)
                let found = try violations(of: page).joined(separator: "\n")
                for rule in ["image-alt", "button-name", "color-contrast-enhanced"] { #expect(found.contains(rule)) }
            }
        }

        /// Where PyPI's package of axe-core has it.
        private static func axe() throws -> String {
            let libraries = Package.path(".build-python/lib")
            let versions = try FileManager.default.contentsOfDirectory(atPath: libraries)
            let found = versions.map { "\(libraries)/\($0)/site-packages/axe_core_python/axe.min.js" }
                .first(where: FileManager.default.fileExists)
            return try #require(found, "Tests/run installs axe-core")
        }

        private static let screens = [
            (1366, 768, "dark"), (1366, 768, "light"), (390, 844, "dark"), (390, 844, "light"),
        ]

        /// Checks what is shown on a large screen in the dark, and on a small one by day.
        private func expectNoneOnScreens(
            of page: Dashboard, _ place: Comment, at location: SourceLocation = #_sourceLocation
        ) throws {
            for (width, height, scheme) in [Self.screens[3], Self.screens[0]] {
                try page.browser.resize(width: width, height: height, scheme: scheme)
                try expectNone(of: page, "\(place), \(width), \(scheme)", at: location)
            }
        }

        @Test("axe-core finds nothing, in any view, light or dark, large or small")
        func axe() async throws {
            try await withFullDashboard { page throws in
                for (width, height, scheme) in Self.screens {
                    try page.browser.resize(width: width, height: height, scheme: scheme)
                    for view in Dashboard.views {
                        try page.visit(view)
                        try expectNone(of: page, "\(view), \(width), \(scheme)")
                    }
                }
            }
        }

        @Test("axe-core finds nothing in what is opened")
        func opened() async throws {
            try await withFullDashboard { page throws in
                try page.open("api?route=listDeploys")
                let route = "li:has(> [data-id='listDeploys'])"
                #expect(page.browser.waits(for: "document.querySelector(\"\(route) [type=submit]\")"))
                try page.browser.run("document.querySelector(\"\(route) [type=submit]\").click()")
                #expect(page.shows("200 OK", in: "\(route) .answer"))
                try expectNoneOnScreens(of: page, "a route and its answer")

                let queue = QueueClient(page.origin.http, "octo-org")
                let ids = try ["1.2.8", "1.2.9"].map { try queue.create(["version": $0], "deployed") }
                let rollback = try #require(try queue.rollBack(id: ids[1]).json.id?.text)
                try page.visit("queue")
                #expect(page.browser.waits(for: "document.querySelector(\"[data-id='\(rollback)']\")"))
                try page.browser.run("document.querySelector(\"[data-id='\(rollback)']\").click()")
                #expect(page.counts(2, of: ".lineage li"))
                try expectNoneOnScreens(of: page, "a deployment and its lineage")

                try page.visit("live")
                for level in ["warning", "error"] {
                    let line = ["level": level, "msg": "It is \(level)", "logger": "test", "request_id": "request-1"]
                    try page.origin.write(line: line)
                    #expect(page.shows("It is \(level)", in: ".lines"))
                    try page.browser.run("document.querySelector('.line.\(level) .open').click()")
                    #expect(page.shows("request-1", in: ".line.\(level) .fields"))
                }
                try expectNoneOnScreens(of: page, "lines")

                try page.visit("cache")
                try page.browser.run("document.querySelector('.apart button:last-child').click()")
                #expect(page.shows("Invalidate all?", in: "dialog"))
                try expectNoneOnScreens(of: page, "whether all is meant")
                try page.browser.press("\u{E00C}")
            }
        }

        @Test("axe-core finds nothing where a token is wanted, nor in a run with its log")
        func run() async throws {
            let token = "a-token-for-logs"
            try await withDeployOrigin(environment: ["LOGS_TOKEN": token]) { origin throws in
                try origin.publish(1)
                try origin.docker.log(["ERROR cannot read /etc/app.conf"], version: DeployOrigin.sha(1))
                try origin.docker.behave(.unhealthy)
                let id = try #require(try origin.deploy(DeployOrigin.sha(1)).json.id?.text)
                try withBrowser(origin.origin, "queue?run=\(id)", mayComplain: true) { page in
                    #expect(page.shows("Show the runs", in: ".gate"))
                    try expectNoneOnScreens(of: page, "the gate")
                    try page.browser.click(".gate button")
                    try page.fill(token: token)
                    #expect(page.shows("This is its end", in: "[aria-label='One run']"))
                    #expect(page.browser.waits(for: "document.querySelector('details')"))
                    try page.browser.run("document.querySelector('details').open = true")
                    try expectNoneOnScreens(of: page, "a run")
                }
            }
        }

        @Test("axe-core finds nothing in the banner and the question for a token", arguments: ["dark", "light"])
        func trouble(scheme: String) async throws {
            try await withFullDashboard(isTroubled: true) { page throws in
                try page.browser.resize(width: 1366, height: 768, scheme: scheme)
                try expectNone(of: page)
                try page.browser.run(
                    """
                    return import('/lib/credentials.js').then(credentials => {
                      credentials.obtain('INVALIDATE_TOKEN', 'It is needed to drop entries.',
                        { withOrganisation: true, problem: 'It was refused.' });
                    });
                    """)
                #expect(page.shows("It was refused", in: "dialog"))
                try expectNone(of: page)
            }
        }

        @Test("Everything can be reached by the tabulator, and shows that it has been")
        func keyboard() async throws {
            try await withFullDashboard { page throws in
                for view in Dashboard.views {
                    try page.openAnew(view)
                    try page.visit(view)
                    try page.browser.run(
                        "window.reached = new Set(); window.dim = new Set(); document.activeElement.blur();")
                    for _ in 0..<400 {
                        try page.browser.press("\u{E004}")
                        let isThrough = try page.browser.run(
                            """
                            const here = document.activeElement;
                            if (here === document.body || reached.has(here)) return true;
                            reached.add(here);
                            const { outlineStyle, outlineWidth } = getComputedStyle(here);
                            if (outlineStyle === 'none' || parseFloat(outlineWidth) < 2) dim.add(here.outerHTML.slice(0, 100));
                            return false;
                            """)
                        if isThrough == .bool(true) { break }
                    }
                    let missed = try page.found(
                        """
                        return [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')]
                          .filter(each => each.checkVisibility() && !each.disabled && each.tabIndex >= 0 && !reached.has(each)
                            && !(each.type === 'radio' && [...reached].some(other => other.name === each.name)))
                          .map(each => each.outerHTML.slice(0, 100));
                        """)
                    #expect(missed.isEmpty, "\(view)")
                    try page.expectNone("return [...dim]", "\(view)")
                    // Something is there in any view: the links of the header.
                    #expect(try page.browser.run("return reached.size").integer ?? 0 >= 8)
                }
            }
        }

        @Test("The first link leads past the header, and stays in the view")
        func skip() async throws {
            try await withDashboard("api", mayComplain: true) { page throws in
                try page.browser.run("document.activeElement.blur()")
                try page.browser.press("\u{E004}")
                #expect(try page.browser.run("return document.activeElement.className") == .string("skip"))
                try page.browser.press("\u{E007}")
                #expect(page.browser.waits(for: "document.activeElement.id === 'main'"))
                #expect(try page.browser.run("return location.hash") == .string("#/api"))
                #expect(try page.browser.run("return document.body.dataset.view") == .string("api"))
            }
        }

        @Test("Nothing moves for who does not want it")
        func motion() async throws {
            try await withFullDashboard { page throws in
                let moving = "return document.getAnimations().map(each => each.effect.target.outerHTML.slice(0, 100))"
                // A run is under way.
                #expect(try page.found(moving).count == 1)
                try page.browser.resize(width: 1366, height: 768, reducesMotion: true)
                for view in Dashboard.views {
                    try page.visit(view)
                    try page.expectNone(moving, "\(view)")
                }
            }
        }
    }
}
