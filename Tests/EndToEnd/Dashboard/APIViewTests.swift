import TestSupport
import Testing

extension EndToEnd.DashboardTests {
    /// The page of all routes.
    @Suite struct APIViewTests {
        /// Opens a route, and waits until its form is there. Returns a selector of it.
        private func open(_ route: String, _ page: Dashboard) throws -> String {
            #expect(page.browser.waits(for: "document.querySelector(\"[data-id='\(route)']\")"))
            try page.browser.run("document.querySelector(\"[data-id='\(route)']\").scrollIntoView()")
            try page.browser.click("[data-id='\(route)']")
            return "li:has(> [data-id='\(route)'])"
        }

        /// Sends what the form of a route has.
        private func send(_ route: String, _ page: Dashboard) throws {
            try page.browser.run(
                "document.querySelector(\"\(route) [type=submit]\").scrollIntoView({ block: 'center' })")
            try page.browser.click("\(route) [type=submit]")
        }

        private func set(_ value: String, _ selector: String, _ page: Dashboard) throws {
            try page.browser.run(
                """
                const control = document.querySelector(\(JSON.quoted(selector))); control.value = \(JSON.quoted(value));
                control.dispatchEvent(new Event('input', { bubbles: true }))
                """)
        }

        @Test("Every operation of the document is there, opens without harm, and is found by a search")
        func all() async throws {
            try await withDashboard("api", mayComplain: true) { page throws in
                let document = try page.origin.get("/api/openapi.json").json
                let operations = document.paths?.names.flatMap { path in
                    document.paths?[path]?.names.subtracting(["parameters"]).compactMap {
                        document.paths?[path]?[$0]?.operationId?.text
                    } ?? []
                }
                #expect(page.counts(operations?.count ?? 0, of: ".route"))
                let shown = try page.browser.run(
                    "return [...document.querySelectorAll('.route')].map(each => each.dataset.id)")
                #expect(Set(shown.list.compactMap(\.text)) == Set(operations ?? []))
                // Nothing of it is made before it is opened.
                #expect(page.counts(0, of: ".try"))
                try page.browser.run("for (const each of document.querySelectorAll('.route')) each.click()")
                try page.browser.run("for (const each of document.querySelectorAll('details')) each.open = true")
                #expect(page.counts(operations?.count ?? 0, of: ".try"))
                #expect(page.browser.waits(for: "document.querySelectorAll('.schema').length > 40"))

                try page.browser.type("history", into: "[type=search]")
                #expect(page.shows("1 of \(operations?.count ?? 0) routes"))
                #expect(try page.place.contains("search=history"))
            }
        }

        @Test("Schemas that refer to themselves are shown, and examples of them made, without end")
        func circles() async throws {
            try await withDashboard("api", mayComplain: true) { page throws in
                let found = try page.browser.run(
                    """
                    const tree = { type: 'object', required: ['children'], properties: { children: {
                      type: 'array', items: { $ref: '#/components/schemas/Tree' } } } };
                    const schemas = { Tree: tree, Self: { $ref: '#/components/schemas/Self' }, Pair: {
                      anyOf: [{ $ref: '#/components/schemas/Pair' }, { $ref: '#/components/schemas/Tree' }] } };
                    return Promise.all([import('/views/api-schema.js'), import('/views/api-document.js')]).then(([text, parts]) =>
                      Object.keys(schemas).map(name => {
                        const document = { components: { schemas } }, schema = { $ref: `#/components/schemas/${name}` };
                        return text.schema(document, schema).textContent + JSON.stringify(parts.examples(document, { schema }));
                      }));
                    """
                ).list.compactMap(\.text)
                #expect(found.count == 3)
                #expect(found[0].contains("as above: Tree") && found[0].contains(#""children":["#))
            }
        }

        @Test("A route can be tried: its answer is shown, with its status, its headers and its body")
        func get() async throws {
            try await withDashboard("api?search=deploys", mayComplain: true) { page throws in
                let title = "<img src=x onerror=violations.push('run')>"
                let event = Event().with("pr_title", JSON.quoted(title))
                #expect(try page.origin.post(event.json).status == 200)
                let route = try open("listDeploys", page)
                try set("1", "\(route) input", page)
                #expect(page.shows("/api/deploy/events?limit=1'", in: "\(route) .shell"))
                try send(route, page)
                #expect(page.shows("200 OK", in: "\(route) .answer"))
                #expect(page.shows(title, in: "\(route) .answer-body"))
                #expect(try page.browser.run("return document.querySelectorAll('main img').length") == 0)
                try page.browser.click("\(route) .answer summary")
                #expect(page.shows("x-request-id", in: "\(route) .headers"))
            }
        }

        @Test("With a token a deploy is recorded from the page; what is refused is told")
        func post() async throws {
            try await withDashboard("api?route=recordDeploy", mayComplain: true) { page throws in
                let route = "li:has(> [data-id='recordDeploy'])"
                #expect(page.browser.waits(for: "document.querySelector(\"\(route) [type=password]\")"))
                try send(route, page)
                #expect(page.shows("401 Unauthorized", in: "\(route) .answer-state"))
                try page.browser.type(Origin.deployToken, into: "\(route) [type=password]")
                #expect(page.shows("Bearer $TOKEN", in: "\(route) .shell"))
                #expect(page.hides(Origin.deployToken, in: "\(route) .shell"))
                try send(route, page)
                #expect(page.shows("200 OK", in: "\(route) .answer-state"))
                let sha = try page.origin.get("/api/deploy/status").json.last_deploy?.sha
                #expect(sha == "3051037")
                try set(#"{"sha":"no","outcome":"success"}"#, "\(route) textarea", page)
                try send(route, page)
                #expect(page.shows("422 Unprocessable", in: "\(route) .answer-state"))
                #expect(page.shows(#""field": "sha""#, in: "\(route) .answer-body"))
                #expect(try page.origin.get("/api/deploy/status").json.total_deploys?.integer == 1)
            }
        }

        @Test("A stream is shown as it comes, until it is stopped; a body is signed in the page")
        func streamAndSignature() async throws {
            let secret = "a-secret-to-sign-with"
            try await withDashboard(
                "api", environment: ["GITHUB_WEBHOOK_SECRET": secret], mayComplain: true
            ) { page throws in
                let stream = try open("streamEvents", page)
                try send(stream, page)
                #expect(page.shows("200 OK", in: "\(stream) .answer-state"))

                let webhook = try open("receiveWebhook", page)
                let fields = "\(webhook) .try > .field"
                #expect(page.browser.waits(for: "document.querySelector(\"\(fields) select, \(fields) input\")"))
                try page.browser.run(
                    """
                    for (const [name, value] of [['X-GitHub-Event', 'ping'], ['X-GitHub-Delivery', 'delivery-1']]) {
                      const field = [...document.querySelectorAll("\(webhook) .field")].find(each => each.innerText.startsWith(name));
                      field.querySelector('input, select').value = value;
                    }
                    """)
                try set(#"{"zen":"Ü"}"#, "\(webhook) textarea", page)
                try set(secret, "\(webhook) [type=password]", page)
                try send(webhook, page)
                #expect(page.shows("200 OK", in: "\(webhook) .answer-state"))
                #expect(page.shows("openssl dgst -sha256 -hmac \"$SECRET\"", in: "\(webhook) .shell"))
                #expect(page.hides(secret, in: webhook))

                #expect(try page.origin.post(Event().json).status == 200)
                #expect(page.shows("event: deploy", in: "\(stream) .answer-body"))
                try page.browser.run("document.querySelector(\"\(stream) .answer button\").click()")
                #expect(page.shows("Stopped.", in: "\(stream) .answer"))
            }
        }
    }
}
