import Foundation
import TestSupport
import Testing

extension EndToEnd.DashboardTests {
    /// What has to be known at once stands above everything else, on every view.
    @Suite struct BannerTests {
        @Test("An origin that is down, until it is up again")
        func origin() async throws {
            let watched = try ScriptedHTTPServer { _ in HTTPServerAnswer(text: "{}") }
            defer { watched.stop() }
            let address = watched.url()
            // Nobody listens there yet.
            let port = try Address.freePort()
            let away = "http://127.0.0.1:\(port)"
            let settings = ["ORIGINS": "\(address),\(away)", "PROBE_INTERVAL": "1"]
            try await withDashboard(environment: settings, mayComplain: true) { page throws in
                #expect(page.shows("\(away) is down", in: "#banner", within: 60))
                #expect(page.shows("down", in: ".origins"))
                #expect(page.shows("1 of 2", in: ".tiles"))
                #expect(try !page.browser.text("#banner").contains(address))
                let label = "document.querySelector('.origins svg[role=img]').getAttribute('aria-label')"
                #expect(page.browser.waits(for: "/check/.test(\(label))"))
                #expect(page.shows("refused", in: ".origins"))

                let back = try ScriptedHTTPServer(port: port) { _ in HTTPServerAnswer(text: "{}") }
                defer { back.stop() }
                #expect(page.hides("is down", in: "#banner", within: 60))
                #expect(page.shows("2 of 2", in: ".tiles"))
                // When and why it was is still to be seen.
                #expect(page.shows("refused", in: ".origins"))
            }
        }

        @Test("An origin whose last check was long ago is not taken for up")
        func oldChecks() async throws {
            try await withDashboard("api", mayComplain: true) { page throws in
                let states = try page.browser.run(
                    """
                    const { stateOf } = await import("/lib/origins.js");
                    const check = seconds => ({ time: new Date(Date.now() - seconds * 1000).toISOString(), up: true });
                    const state = (...ages) => {
                      const recent = ages.map(check);
                      return stateOf({ up: true, last_check: recent[0]?.time ?? null, recent }).word;
                    };
                    return [state(5, 15), state(500, 510), state(500, 4100), state()];
                    """
                ).list.compactMap(\.text)
                #expect(states == ["up", "not checked any more", "up", "not checked yet"])
            }
        }

        @Test("A rollback that failed is told to who comes later, with its log, whatever has happened since")
        func past() async throws {
            let services = """
                {"services":{"app":{"hosts":["host-1"],"image":"\(DeployOrigin.image)","strategy":"script",
                "script":"/bin/false"}}}
                """
            try await withDeployOrigin(services: { _ in services }) { origin throws in
                let told = try origin.deploy(DeployOrigin.sha(1)).json
                #expect(told.status == "rollback_failed")
                // As many as are kept.
                try origin.origin.putEvents(1...500, type: "webhook")
                try withBrowser(origin.origin, "api", mayComplain: true) { page in
                    #expect(page.shows("The rollback of app on host-1 has failed", in: "#banner"))
                    try page.browser.click("#banner a")
                    #expect(page.shows("rollback failed", in: "main"))
                    #expect(page.shows("exit status 1", in: "main"))
                }
            }
        }

        @Test("A rollback that failed, until the service is deployed well")
        func rollback() async throws {
            try await withDashboard("api", mayComplain: true) { page throws in
                #expect(page.shows("live", in: "#connection"))
                func put(_ id: Int, _ state: String, service: String = "app") throws {
                    let data =
                        #"{"id":"\#(id)","service":"\#(service)","host":"h1","state":"\#(state)","phase":"done"}"#
                    try page.origin.store.run(
                        "LPUSH", page.origin.eventRing,
                        #"{"id":\#(id),"time":"2026-02-21T10:13:00Z","type":"deployment","data":\#(data)}"#)
                }
                try put(1, "rollback_failed")
                #expect(page.shows("The rollback of app on h1 has failed", in: "#banner"))
                try put(2, "rollback_failed", service: "<b>web</b>")
                #expect(page.shows("The rollback of <b>web</b> on h1 has failed", in: "#banner"))
                try put(3, "succeeded")
                #expect(page.hides("app", in: "#banner"))
                #expect(page.shows("web", in: "#banner"))
                // Who comes later sees it as well.
                try page.open("metrics")
                #expect(page.shows("web", in: "#banner"))
                #expect(try !page.browser.text("#banner").contains("app"))
            }
        }

        @Test("GitHub's silence of ten minutes")
        func gitHub() async throws {
            try await withGitHub { origin, github throws in
                _ = try origin.github("/pulls")
                github.always(.serverError)
                let state = origin.store.key("{cache}:github")
                @Sendable func silent(for seconds: Int) throws {
                    let then = Int(Date().timeIntervalSince1970) - seconds
                    try origin.store.run("HSET", state, "last_success", "\(then)000")
                }
                // Less than ten minutes also where the browser takes its time.
                try silent(for: 500)
                try await withDashboard(of: origin, mayComplain: true) { page throws in
                    #expect(page.shows("connected", in: ".store"))
                    #expect(try page.browser.text("#banner").isEmpty)
                    try silent(for: 662)
                    #expect(page.shows("GitHub has not answered for 11 min", in: "#banner", within: 60))
                    github.answerAsUsual()
                    try origin.forgetFailures()
                    #expect(page.hides("GitHub", in: "#banner", within: 60))
                }
            }
        }
    }
}
