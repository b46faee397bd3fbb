import TestSupport
import Testing

extension EndToEnd.DashboardTests {
    /// What the cache view shows and does.
    @Suite struct CacheViewTests {
        @Test("Entries are shown as they come, filtered by a text, and sorted by keyboard")
        func entries() async throws {
            try await withCache { page, _ throws in
                for path in Self.paths { #expect(try page.origin.github(path).status == 200) }
                #expect(try page.origin.github("/nowhere?per_page=7").status == 404)
                // The page's header asks for something, too.
                try page.browser.type("=7", into: "[type=search]")
                #expect(page.shows("4 of ", in: ".amount", within: 60))
                for text in ["/branches?per_page=7", "/commits?per_page=7", "/labels?per_page=7", "200", "404", "kB"] {
                    #expect(page.shows(text, in: ".cache-entries tbody"))
                }
                let sorted = [
                    "/branches?per_page=7", "/commits?per_page=7", "/labels?per_page=7", "/nowhere?per_page=7",
                ]
                #expect(try page.keys() == sorted)
                let live = "document.querySelector('tbody tr td:nth-of-type(4)').innerText"
                #expect(page.browser.waits(for: "/^(\\d+ s|run out)$/.test(\(live))"))
                let before = try page.browser.run("return \(live)")
                #expect(page.browser.waits(for: "\(live) !== \(before.encoded)"), "it counts down by itself")

                try page.browser.run("document.querySelector('[type=search]').select()")
                try page.browser.type("LABELS?", into: "[type=search]")
                #expect(page.shows("1 of ", in: ".amount"))
                #expect(try page.keys() == ["/labels?per_page=7"])
                try page.browser.type(" x", into: "[type=search]")
                #expect(page.shows("No entry has that in its key.", in: ".cache-entries"))
                #expect(try page.browser.run("return location.hash").text == "#/cache?filter=LABELS%3F+x")

                try page.browser.run("location.hash = '#/cache?filter=%3D7&sort=key'")
                #expect(page.shows("4 of ", in: ".amount"))
                try page.browser.run("document.querySelectorAll('.sort')[1].focus()")
                try page.browser.press("\u{E007}")
                #expect(try page.keys().last == sorted[3])
                try page.browser.press("\u{E00D}")
                #expect(try page.keys().first == sorted[3])
                let orders =
                    "return [...document.querySelectorAll('thead [aria-sort]')].map(cell => cell.getAttribute('aria-sort'))"
                let expected = ["none", "descending", "none", "none", "none"]
                #expect(try page.browser.run(orders).list.map(\.text) == expected)
            }
        }

        @Test("An entry is invalidated by a click, with the right token only, which is nowhere but in memory")
        func token() async throws {
            try await withCache { page, _ throws in
                for path in Self.paths { #expect(try page.origin.github(path).status == 200) }
                #expect(page.shows("/labels?per_page=7", in: ".cache-entries", within: 60))
                try page.browser.click("[aria-label='Invalidate /labels?per_page=7 and what begins so']")
                #expect(page.shows("INVALIDATE_TOKEN", in: "dialog"))
                try page.browser.press("\u{E00C}")
                #expect(page.browser.waits(for: "!document.querySelector('dialog')"))
                #expect(try page.origin.cachedKeys().contains("/labels?per_page=7"), "thought better of")

                try page.browser.click("[aria-label='Invalidate /labels?per_page=7 and what begins so']")
                #expect(page.browser.waits(for: "document.querySelector('dialog[open] [type=password]')"))
                try page.browser.type("wrong\u{E007}", into: "dialog [type=password]")
                #expect(
                    page.browser.waits(for: "document.querySelector('dialog[open] .trouble')?.innerText.length > 20"))
                #expect(try page.origin.cachedKeys().contains("/labels?per_page=7"))
                try page.browser.type("\(GitHubSecrets.invalidate)\u{E007}", into: "dialog [type=password]")
                #expect(page.shows("Deleted 2: 1 in the store, 1 in memory.", in: ".outcome[role=status]"))
                #expect(page.hides("/labels?per_page=7", in: ".cache-entries tbody"))
                #expect(
                    try page.origin.cachedKeys().filter { $0.hasSuffix("=7") } == [
                        "/branches?per_page=7", "/commits?per_page=7",
                    ])

                // It is asked for once.
                try page.browser.type("/comm", into: ".actions [required]")
                try page.browser.type("a test\u{E007}", into: ".actions label:nth-of-type(2) input")
                #expect(page.hides("/commits?per_page=7", in: ".cache-entries tbody"))
                #expect(try page.origin.cachedKeys().filter { $0.hasSuffix("=7") } == ["/branches?per_page=7"])
                // It is told after the answer.
                #expect(
                    try eventually {
                        let told =
                            try page.origin.get("/api/events/recent?type=cache.invalidated").json.events?.list ?? []
                        return told.map { $0.data?.reason?.text } == [nil, "a test"]
                    })

                try expectNowhere(page, GitHubSecrets.invalidate)
            }
        }

        @Test("Warming fills it, all is dropped only where that is allowed and meant, and others' invalidations show")
        func warm() async throws {
            try await withCache(environment: ["INVALIDATE_ALL_ALLOWED": "true"]) { page, _ throws in
                try page.browser.click(".apart button:first-child")
                #expect(page.browser.waits(for: "document.querySelector('dialog[open] [type=password]')"))
                try page.browser.type("\(GitHubSecrets.invalidate)\u{E007}", into: "dialog [type=password]")
                #expect(page.shows("4 entries are being fetched in the background.", in: ".outcome"))
                for key in [
                    "/pulls?state=open", "/issues?state=open", "/actions/runs?per_page=10", "/__pipeline_summary__?",
                ] {
                    #expect(page.shows(key, in: ".cache-entries", within: 60))
                }

                #expect(try page.origin.manageCache("invalidate", #"{"prefix":"/issues"}"#).status == 200)
                #expect(page.hides("/issues?state=open", in: ".cache-entries tbody"), "by an event")

                try page.browser.click(".apart button:last-child")
                #expect(page.shows("Invalidate all?", in: "dialog"))
                #expect(try page.browser.run("return document.activeElement.innerText").text == "Keep it")
                try page.browser.press("\u{E007}")
                #expect(page.browser.waits(for: "!document.querySelector('dialog')"))
                #expect(page.shows("/pulls?state=open", in: ".cache-entries"))
                try page.browser.click(".apart button:last-child")
                try page.browser.click("dialog .primary")
                #expect(page.shows("in the store", in: ".outcome"))
                #expect(page.hides("/pulls?state=open", in: ".cache-entries"))
            }
        }

        @Test("What is not allowed, not valid, or tried too often is said in words")
        func refused() async throws {
            try await withCache { page, _ throws in
                try page.browser.click(".apart button:last-child")
                try page.browser.click("dialog .primary")
                #expect(page.browser.waits(for: "document.querySelector('dialog[open] [type=password]')"))
                try page.browser.type("\(GitHubSecrets.invalidate)\u{E007}", into: "dialog [type=password]")
                #expect(page.shows("this server does not allow all", in: ".outcome"))
                try page.browser.run(
                    "document.querySelector('.actions [required]').value = '/' + '\\u00e4'.repeat(600)")
                try page.browser.click(".actions .primary")
                #expect(page.shows("it has to be a text of at most 1024 bytes", in: ".outcome"))
                try page.browser.run("document.querySelector('.actions [required]').value = '/nothing'")
                try page.browser.click(".actions .primary")
                #expect(page.shows("There was nothing to delete.", in: ".outcome"))

                for _ in 0..<10 {
                    #expect(try page.origin.http.post("/api/cache/warm", "{}", token: "wrong").status == 401)
                }
                try page.browser.run("location.reload()")
                #expect(page.browser.waits(for: "document.querySelector('.actions')"))
                try page.browser.click(".apart button:first-child")
                #expect(
                    page.browser.waits(for: "document.querySelector('dialog[open] [type=password]')"),
                    "a new page knows none")
                try page.browser.type("wrong\u{E007}", into: "dialog [type=password]")
                #expect(page.shows("Too many requests with wrong credentials", in: ".outcome"))
                try page.browser.click(".apart button:first-child")
                #expect(
                    page.browser.waits(for: "document.querySelector('dialog[open] [type=password]')"),
                    "it is asked for anew")
                try page.browser.type("\(GitHubSecrets.invalidate)\u{E007}", into: "dialog [type=password]")
                #expect(page.shows("being fetched in the background.", in: ".outcome"))
            }
        }

        @Test("A question ends with the view that asks it, and nothing is done")
        func left() async throws {
            try await withCache(environment: ["INVALIDATE_ALL_ALLOWED": "true"]) { page, _ throws in
                #expect(try page.origin.github(Self.paths[0]).status == 200)
                #expect(page.shows(Self.paths[0], in: ".cache-entries", within: 60))
                try page.browser.click(".apart button:last-child")
                #expect(page.shows("Invalidate all?", in: "dialog"))
                try page.browser.run("location.hash = '#/api'")
                #expect(page.browser.waits(for: "document.body.dataset.view === 'api'"))
                #expect(page.counts(0, of: "dialog"))
                try page.browser.run("history.back()")
                #expect(page.shows(Self.paths[0], in: ".cache-entries", within: 60))
                try page.browser.click(".cache-entries tbody button")
                #expect(page.shows("INVALIDATE_TOKEN", in: "dialog"))
                try page.browser.run("location.hash = '#/api'")
                #expect(page.browser.waits(for: "document.body.dataset.view === 'api'"))
                #expect(page.counts(0, of: "dialog"))
                #expect(try page.origin.cachedKeys().contains(Self.paths[0]))
                #expect(try !page.browser.requests().contains { $0.contains("/api/cache/invalidate") })
            }
        }

        @Test("An entry's button says that it drops what begins so as well; that something is being done is told")
        func prefix() async throws {
            try await withCache { page, _ throws in
                for path in ["/labels?per_page=1", "/labels?per_page=10", "/labels?per_page=2"] {
                    #expect(try page.origin.github(path).status == 200)
                    #expect(page.shows(path, in: ".cache-entries", within: 60))
                }
                // Answers are kept back until they are let go.
                try page.browser.run(
                    """
                    const { fetch } = window;
                    window.fetch = async (path, ...rest) => {
                      const answer = await fetch(path, ...rest);
                      if (path === '/api/cache/invalidate') await new Promise(done => (window.letGo = done));
                      return answer;
                    };
                    """)
                try page.browser.click("[aria-label='Invalidate /labels?per_page=1 and what begins so']")
                try page.fill(token: GitHubSecrets.invalidate)
                #expect(page.browser.waits(for: "window.letGo"))
                #expect(page.shows("Working …", in: ".outcome[role=status]"))
                try page.browser.run("letGo()")
                #expect(page.shows("Deleted 4: 2 in the store, 2 in memory.", in: ".outcome[role=status]"))
                #expect(try page.origin.cachedKeys().filter { $0.hasPrefix("/labels") } == ["/labels?per_page=2"])
            }
        }

        @Test("The store goes, and comes back: all of it says so, and goes on by itself")
        func away() async throws {
            let server = try StoreServer()
            try await withCache(server: server) { page, _ throws in
                #expect(try page.origin.github("/releases").status == 200)
                #expect(page.shows("/releases?", in: ".cache-entries", within: 60))
                server.stop()
                #expect(page.shows("What is shown is as it was", within: 60))
                #expect(try page.browser.run("return document.querySelectorAll('.tile .trouble').length").integer == 5)
                #expect(page.shows("/releases?", in: ".cache-entries"))
                try server.start()
                #expect(page.hides("What is shown is as it was", within: 60))
                // The worker that the page asked has the store again; each other has within a second, and what it fetches before
                // stays in its host's memory tier.
                let isStored = try eventually(every: 100) {
                    #expect(try page.origin.github("/pulls?state=open").status == 200)
                    return try page.origin.cachedKeys().contains("/pulls?state=open")
                }
                #expect(isStored)
                #expect(page.shows("/pulls?state=open", in: ".cache-entries", within: 60))
            }
        }

        @Test("Where there are more entries than are shown, it says so; a key is a text")
        func limit() async throws {
            try await withCache { page, _ throws in
                let shown = try page.runModules(
                    """
                    const { entryTable } = await import("/views/cache-table.js");
                    const table = entryTable({ filter: "", sort: "-bytes", onChange: () => {}, onInvalidate: () => {} });
                    document.body.append(table.element);
                    const entry = index => ({ key: `/<b>${index}</b>?`, ttl_s: 30, age_s: 2, bytes: index, status: 200 });
                    table.update({ entries: Array.from({ length: 500 }, (_, index) => entry(index)), dragonfly_entries: 1234 }, Date.now());
                    const result = [table.element.querySelector(".amount").textContent, table.element.querySelector("tbody th").textContent,
                      table.element.querySelectorAll("tbody tr").length, table.element.querySelectorAll("b").length];
                    table.update({ entries: [], dragonfly_entries: 0 }, Date.now());
                    result.push(table.element.querySelector(":scope > p").textContent);
                    table.element.remove();
                    return result.map(String);
                    """)
                let expected = [
                    "The first 500 entries by key, of 1,234 entries in all.", "/<b>499</b>?", "500", "0",
                    "The cache is empty: it fills with what is asked for, or warm it.",
                ]
                #expect(shown.list.map(\.text) == expected)
            }
        }

        private static let paths = ["/branches?per_page=7", "/labels?per_page=7", "/commits?per_page=7"]
    }
}

/// Runs a test with the cache view before a GitHub of its own.
private func withCache(
    environment: [String: String] = [:], server: StoreServer? = nil,
    _ body: @Sendable (Dashboard, FakeGitHub) async throws -> Void
) async throws {
    let github = try FakeGitHub(token: GitHubSecrets.token)
    defer { github.stop() }
    let settings = [
        "GITHUB_REPO": github.repository, "GITHUB_API_URL": github.url(), "GITHUB_TOKEN": GitHubSecrets.token,
        "INVALIDATE_TOKEN": GitHubSecrets.invalidate,
    ]
    try await withDashboard(
        "cache", environment: settings.merging(environment) { $1 }, server: server, mayComplain: true
    ) { page in try await body(page, github) }
}

/// Checks that a secret is neither in what the browser keeps nor in the address, nor in what the page shows.
private func expectNowhere(_ page: Dashboard, _ secret: String) throws {
    let kept = try page.browser.run(
        """
        return [location.href, document.cookie, JSON.stringify(localStorage), JSON.stringify(sessionStorage),
          document.documentElement.outerHTML, ...[...document.querySelectorAll('input')].map(each => each.value)].join('\\n')
        """
    ).text
    #expect(kept?.contains(secret) == false)
    let databases = try page.browser.run("return indexedDB.databases().then(list => list.length)")
    #expect(databases.integer == 0)
    let addresses = try page.browser.requests()
    #expect(!addresses.contains { $0.contains(secret) })
}

extension Dashboard {
    /// The keys of the entries in the order in which they are shown.
    fileprivate func keys() throws -> [String] {
        try browser.run("return [...document.querySelectorAll('.cache-entries tbody th')].map(cell => cell.innerText)")
            .list
            .compactMap(
                \.text)
    }
}
