import Testing

@testable import Deployer

@Suite("Services file, with a mistake")
struct ServicesFileMistakesTests {
    /// A service with one piece of it replaced, and how the sentence about it begins.
    struct Mistake: Sendable, CustomTestStringConvertible {
        let service: String
        let piece: String
        let other: String
        let problem: String

        init(_ service: String, _ piece: String, _ other: String, _ problem: String) {
            self.service = service
            self.piece = piece
            self.other = other
            self.problem = problem
        }

        var testDescription: String { problem }
    }

    @Test(
        "One mistake is named by one sentence",
        arguments: [
            Mistake(
                ServicesFixture.swap, #"["origin-1", "origin-2"]"#, "[]", "hosts: has to be a list of 1 to 64 texts"),
            Mistake(ServicesFixture.swap, "origin-2", "Origin-1", "hosts[1]: repeats Origin-1"),
            Mistake(ServicesFixture.swap, "origin-2", "-o", "hosts[1]: has to be 1 to 253 characters of"),
            Mistake(ServicesFixture.swap, #""strategy": "swap","#, "", "strategy: is missing: one of swap, blue-green"),
            Mistake(ServicesFixture.swap, "acme/app", "acme/App", "image: has to be the name of an image"),
            Mistake(ServicesFixture.swap, "acme/app", "acme/app@sha256:00", "image: has to be the name of an image"),
            Mistake(ServicesFixture.swap, #""service": "web""#, #""service": "--web""#, "compose.service: has to be"),
            Mistake(ServicesFixture.swap, #""project": "app""#, #""project": "App""#, "compose.project: has to be"),
            Mistake(ServicesFixture.swap, #""project": "app""#, #""project": null"#, "compose.project: has to be"),
            Mistake(ServicesFixture.swap, "/srv/app/", "/srv/\\napp/", "compose.file: has to be an absolute path"),
            Mistake(ServicesFixture.swap, "app-web", "app web", "container: has to be 1 to 128 characters"),
            Mistake(
                ServicesFixture.swap, #""organisation": "acme""#, #""organisation": "a/b""#, "organisation: has to be"),
            Mistake(
                ServicesFixture.swap, "http://127.0.0.1:8080", "ftp://127.0.0.1", "health.url: has to be an http or"),
            Mistake(
                ServicesFixture.swap, "http://127.0.0.1:8080", "http://u@127.0.0.1", "health.url: has to be an http or"),
            Mistake(
                ServicesFixture.swap, "http://127.0.0.1:8080", "http://{upstream}", "health.url: has to be an http or"),
            Mistake(ServicesFixture.swap, "http://127.0.0.1:8080", "http://other", "health_hosts: has to name other,"),
            Mistake(ServicesFixture.swap, "Health.example", "health.example/", "health_hosts[1]: has to be a host as"),
            Mistake(
                ServicesFixture.swap, "Health.example", "health.example:80", "health_hosts[1]: has to be a host as"),
            Mistake(
                ServicesFixture.swap, #""start_period_s": 7"#, #""start_period_s": 90"#,
                "health.start_period_s: has to be less"),
            Mistake(
                ServicesFixture.swap, #""interval_s": 4"#, #""interval_s": 91"#, "health.interval_s: has to be at most"),
            Mistake(
                ServicesFixture.swap, #""timeout_s": 6"#, #""timeout_s": 91"#, "health.timeout_s: has to be at most"),
            Mistake(
                ServicesFixture.swap, #""timeout_s": 6"#, #""timeout_s": 6.5"#, "health.timeout_s: has to be a whole"),
            Mistake(
                ServicesFixture.swap, #""timeout_s": 6"#, #""timeout_s": 99999999999999999999"#,
                "health.timeout_s: has to be a whole"),
            Mistake(
                ServicesFixture.swap, #""successes": 3"#, #""successes": 24"#, "health.successes: cannot be reached"),
            Mistake(
                ServicesFixture.swap, #""successes": 3"#, #""successes": 3, "successes": 3"#,
                "health.successes: is there twice"),
            Mistake(ServicesFixture.swap, #""pull_s": 300"#, #""pull_s": 3601"#, "limits.pull_s: has to be a whole"),
            Mistake(
                ServicesFixture.swap, #""pull_s": 300"#, #""script_s": 300"#,
                "limits.script_s: belongs to strategy script only"),
            Mistake(
                ServicesFixture.swap, #""container": "app-web""#, #""script": "/x""#,
                "script: does not belong to strategy swap"),
            Mistake(
                ServicesFixture.swap, #""container": "app-web""#, #""drain_s": 1"#,
                "drain_s: does not belong to strategy swap"),
            Mistake(
                ServicesFixture.blueGreen, "http://{upstream}", "http://127.0.0.1:8101",
                "health.url: has to be an http or"),
            Mistake(
                ServicesFixture.blueGreen, "http://{upstream}", "http://u@{upstream}",
                "health.url: has to be an http or"),
            Mistake(ServicesFixture.blueGreen, "8102", "8101", "slots.green: has to have another upstream than blue"),
            Mistake(
                ServicesFixture.blueGreen, "shop-green", "shop-blue",
                "slots.green: has to have another service than blue"),
            Mistake(ServicesFixture.blueGreen, "127.0.0.1:8102", "8102", "slots.green.upstream: has to be HOST:PORT"),
            Mistake(
                ServicesFixture.blueGreen, "127.0.0.1:8102", "127.0.0.1:81020",
                "slots.green.upstream: has to be HOST:PORT"),
            Mistake(ServicesFixture.blueGreen, #""green""#, #""red""#, "slots.green: is missing"),
            Mistake(
                ServicesFixture.blueGreen, "compose.yaml\"", "compose.yaml\", \"service\": \"x\"",
                "compose.service: does not belong to"),
            Mistake(ServicesFixture.blueGreen, #""upstream_file""#, #""file""#, "caddy.upstream_file: is missing"),
            Mistake(
                ServicesFixture.blueGreen, "/etc/caddy/slots/shop.caddy", "/etc/caddy/Caddyfile",
                "caddy.upstream_file: has to be another"),
            Mistake(
                ServicesFixture.blueGreen, #""check_url""#, #""admin": "https://127.0.0.1:2019", "check_url""#,
                "caddy.admin: has to be"),
            Mistake(
                ServicesFixture.blueGreen, #""check_url""#, #""admin": "http://127.0.0.1:2019/x", "check_url""#,
                "caddy.admin: has to be"),
            Mistake(
                ServicesFixture.script, #""script","#, #""script", "health": {},"#,
                "health: does not belong to strategy script"),
            Mistake(
                ServicesFixture.script, #""script","#, #""script", "limits": {"pull_s": 1},"#,
                "limits.pull_s: does not belong to"),
            Mistake(
                ServicesFixture.script, #""script","#, #""script", "compose": {},"#,
                "compose: does not belong to strategy script"),
            Mistake(ServicesFixture.script, "/srv/site/deploy.sh", "deploy.sh", "script: has to be an absolute path"),
        ])
    func mistakes(mistake: Mistake) {
        let text = ServicesFixture.text([("app", ServicesFixture.text(mistake.service, mistake.piece, mistake.other))])
        let found = ServicesFixture.problems(text)
        #expect(found.first?.hasPrefix("services.app.\(mistake.problem)") == true, "\(found)")
        // A member that is called by another name is missing under its own.
        #expect(found.count == 1 || found.dropFirst().allSatisfy { $0.contains("is not known here") }, "\(found)")
    }
}
