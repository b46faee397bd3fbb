import Essentials
import Foundation
import TestSupport
import Testing

@testable import Deployer

@Suite("Services file")
struct ServicesFileTests {
    @Test("Everything that is said of a service is what it is")
    func swap() throws {
        let service = try #require(try ServicesFixture.file().services["app"])
        let expected = Service(
            name: "app", hosts: ["origin-1", "origin-2"], image: "ghcr.io/acme/app", containers: ["app-web"],
            strategy: .swap(Compose(file: "/srv/app/compose.yaml", project: "app", service: "web")),
            health: Health(
                probe: .http(url: "http://127.0.0.1:8080/health?deep=1"), startPeriod: 7, interval: 4, timeout: 6,
                limit: 90, successes: 3),
            healthHosts: ["127.0.0.1", "health.example"], limits: Limits(pull: 300, command: 30, script: 900),
            organisation: "acme")
        #expect(service == expected)
    }

    @Test("What is not said is as the README has it")
    func defaults() throws {
        let services = try ServicesFixture.file().services
        let shop = try #require(services["shop"])
        let compose = { Compose(file: "/srv/shop/compose.yaml", project: nil, service: $0) }
        let pair = BlueGreen(
            blue: BlueGreen.Side(compose: compose("shop-blue"), upstream: "127.0.0.1:8101"),
            green: BlueGreen.Side(compose: compose("shop-green"), upstream: "127.0.0.1:8102"),
            caddy: CaddySwitch(
                upstreamFile: "/etc/caddy/slots/shop.caddy", config: "/etc/caddy/Caddyfile",
                admin: "http://127.0.0.1:2019", checkURL: "http://127.0.0.1/health"),
            drain: 10)
        let health = Health(
            probe: .http(url: "http://{upstream}/health"), startPeriod: 5, interval: 2, timeout: 3, limit: 60,
            successes: 2)
        let limits = Limits(pull: 600, command: 60, script: 900)
        let expected = Service(
            name: "shop", hosts: ["origin-1"], image: "acme/shop", containers: ["shop-blue", "shop-green"],
            strategy: .blueGreen(pair), health: health, healthHosts: ["127.0.0.1"], limits: limits, organisation: nil)
        #expect(shop == expected)

        let site = try #require(services["site"])
        #expect(site.strategy == .script(path: "/srv/site/deploy.sh"))
        #expect(site.image == "site")
        #expect(site.containers == ["site"])
        #expect(site.limits == limits)
        #expect(site.healthHosts.isEmpty)
    }

    @Test("Without a health URL, the container's own state tells")
    func container() throws {
        let text =
            #"{"services":{"a":{"hosts":["h"],"image":"a","strategy":"swap","compose":{"file":"/c","service":"w"}}}}"#
        let service = try #require(try ServicesFixture.file(text).services["a"])
        #expect(service.health == .standard)
        #expect(service.health.probe == .container)
        #expect(service.healthHosts.isEmpty)
        #expect(service.containers == ["w"])
        let short = try ServicesFixture.file(text.replacing("}}}}", with: #"},"health":{"limit_s":1}}}}"#))
        let health = Health(probe: .container, startPeriod: 0, interval: 1, timeout: 1, limit: 1, successes: 1)
        #expect(short.services["a"]?.health == health)
    }

    @Test(
        "What is no JSON is named with its place",
        arguments: [
            ("", "is no JSON: it is broken at line 1, byte 1 of it"),
            ("{\n  \"services\": {,}}", "is no JSON: it is broken at line 2, byte 16 of it"),
            ("{\"services\":{}} x", "is no JSON: it is broken at line 1, byte 17 of it"),
            ("[]", "has to be a JSON object"), ("1", "has to be a JSON object"),
        ])
    func noJSON(text: String, problem: String) {
        #expect(ServicesFixture.problems(text) == [problem])
    }

    @Test("What is not UTF-8 is no file, however good the rest is")
    func encoding() {
        let text = Array(ServicesFixture.all.utf8) + [0x20]
        #expect(ServicesFile.parse(text).file != nil)
        #expect(ServicesFile.parse(text + [0xFF]).problems == ["is not encoded in UTF-8"])
    }

    @Test(
        "A file without services is a mistake",
        arguments: [
            ("{}", "services: is missing: an object of services by their names"),
            (#"{"services":[]}"#, "services: has to be an object"),
            (#"{"services":{}}"#, "services: names no service; describe one, or unset DEPLOY_SERVICES_FILE"),
            (#"{"services":{"a":1}}"#, "services.a: has to be an object"),
        ])
    func empty(text: String, problem: String) {
        #expect(ServicesFixture.problems(text) == [problem])
    }

    @Test("All mistakes are named at once, each with its place")
    func together() {
        let text = #"""
            {"services": {"app": {"hosts": ["a", "a", "b c", 1], "image": "app:1", "strategy": "swap", "helth": {},
              "compose": {"file": "app/compose.yaml"}, "slots": {}, "health": {"interval_s": 0, "limit_s": "60"}},
              "": {"strategy": "swop"}}, "version": 1}
            """#
        #expect(
            ServicesFixture.problems(text) == [
                "services.app.hosts[1]: repeats a",
                "services.app.hosts[2]: has to be \(TextRule.host.description)",
                "services.app.hosts[3]: has to be \(TextRule.host.description)",
                "services.app.image: has to be \(TextRule.image.description)",
                "services.app.compose.file: has to be \(TextRule.path.description)",
                "services.app.compose.service: is missing: \(TextRule.composeService.description)",
                "services.app.slots: does not belong to strategy swap",
                "services.app.health.limit_s: has to be a whole number from 1 to 3600",
                "services.app.health.interval_s: has to be a whole number from 1 to 3600",
                "services.app.helth: is not known here; known are hosts, strategy, image, container, organisation, "
                    + "compose, slots, caddy, drain_s, script, health, health_hosts, limits",
                "services.\"\": is no name of a service: \(TextRule.service.description)",
                "services.\"\".hosts: is missing: a list of host names",
                "services.\"\".strategy: has to be one of swap, blue-green, script",
                "services.\"\".image: is missing: \(TextRule.image.description)",
                "version: is not known here; known are services",
            ])
    }

    @Test("A service is there once")
    func duplicates() {
        let text = ServicesFixture.text([("site", ServicesFixture.script), ("site", ServicesFixture.script)])
        #expect(ServicesFixture.problems(text) == ["services.site: is there twice"])
    }

    @Test("Two services on one host share no container, no slot and no file of Caddy's; on two hosts they may")
    func conflicts() {
        let other = ServicesFixture.blueGreen.replacing("shop-blue", with: "other-blue")
        #expect(
            ServicesFixture.problems(ServicesFixture.text([("shop", ServicesFixture.blueGreen), ("other", other)])) == [
                "services.other.slots.blue.upstream: is that of services.shop, on host origin-1",
                "services.other.slots.green.service: is that of services.shop, on host origin-1",
                "services.other.slots.green.upstream: is that of services.shop, on host origin-1",
                "services.other.caddy.upstream_file: is that of services.shop, on host origin-1",
            ])
        let elsewhere = other.replacing("origin-1", with: "origin-2")
        #expect(
            ServicesFixture.problems(ServicesFixture.text([("shop", ServicesFixture.blueGreen), ("other", elsewhere)]))
                .isEmpty)
        #expect(
            ServicesFixture.problems(ServicesFixture.text([("a", ServicesFixture.swap), ("b", ServicesFixture.swap)]))
                == [
                    "services.b.compose: is that of services.a, on host origin-1"
                ])
    }

    @Test("Names that nobody would give are shown in one short line")
    func names() {
        let name = "a\\n\\u2028" + String(repeating: "x", count: 10_000)
        let found = ServicesFixture.problems(#"{"services":{"\#(name)":1}}"#)
        #expect(found.count == 2)
        #expect(found.allSatisfy { $0.utf8.count < 300 && !$0.unicodeScalars.contains(where: \.isControl) })
    }

    @Test("The setting names every mistake of its file, and none where it is unset")
    func setting() throws {
        var unset = Settings(environment: [:])
        #expect(ServicesFile.read(&unset) == nil)
        #expect(unset.problems.isEmpty)

        let directory = try TemporaryDirectory()
        let place = URL(fileURLWithPath: directory.file("services.json"))
        let variables = ["DEPLOY_SERVICES_FILE": place.path]
        var missing = Settings(environment: variables)
        #expect(ServicesFile.read(&missing) == nil)
        #expect(missing.problems.count == 1)

        try Data(ServicesFixture.all.utf8).write(to: place)
        var right = Settings(environment: variables)
        #expect(ServicesFile.read(&right)?.names == ["app", "shop", "site"])
        #expect(right.problems.isEmpty)

        try Data(#"{"services": {"a": {"strategy": "script", "hosts": "h"}}}"#.utf8).write(to: place)
        var wrong = Settings(environment: variables)
        #expect(ServicesFile.read(&wrong) == nil)
        #expect(
            wrong.problems == [
                "DEPLOY_SERVICES_FILE: services.a.hosts: has to be a list of 1 to 64 texts",
                "DEPLOY_SERVICES_FILE: services.a.script: is missing: \(TextRule.path.description)",
            ])
    }

    @Test("The README's examples are right")
    func examples() throws {
        let text = try String(contentsOfFile: Package.path("README.md"), encoding: .utf8)
        let section = try #require(text.components(separatedBy: "### The services file\n").last)
        let examples = section.components(separatedBy: "```json\n").dropFirst().prefix(3).map {
            $0.components(separatedBy: "```")[0]
        }
        let names = try examples.flatMap { try ServicesFixture.file($0).names }
        #expect(names == ["app", "shop", "site"])
    }
}
