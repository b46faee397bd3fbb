import Essentials

@testable import Deployer

/// A service with everything that may be said of one with the strategy `swap`, and two that say as little as may be.
enum ServicesFixture {
    static let swap = """
        {"hosts": ["origin-1", "origin-2"], "image": "ghcr.io/acme/app", "strategy": "swap",
         "compose": {"file": "/srv/app/compose.yaml", "project": "app", "service": "web"}, "container": "app-web",
         "health": {"url": "http://127.0.0.1:8080/health?deep=1", "start_period_s": 7, "interval_s": 4, "timeout_s": 6,
                    "limit_s": 90, "successes": 3},
         "health_hosts": ["127.0.0.1", "Health.example"],
         "limits": {"pull_s": 300, "command_s": 30}, "organisation": "acme"}
        """
    static let blueGreen = """
        {"hosts": ["origin-1"], "image": "acme/shop", "strategy": "blue-green",
         "compose": {"file": "/srv/shop/compose.yaml"},
         "slots": {"blue": {"service": "shop-blue", "upstream": "127.0.0.1:8101"},
                   "green": {"service": "shop-green", "upstream": "127.0.0.1:8102"}},
         "caddy": {"upstream_file": "/etc/caddy/slots/shop.caddy", "check_url": "http://127.0.0.1/health"},
         "health": {"url": "http://{upstream}/health"}}
        """
    static let script = """
        {"hosts": ["origin-2"], "strategy": "script", "script": "/srv/site/deploy.sh"}
        """

    /// A file with services as they are written.
    static func text(_ services: [(name: String, text: String)]) -> String {
        #"{"services": {"# + services.map { "\"\($0.name)\": \($0.text)" }.joined(separator: ",\n") + "}}"
    }

    static let all = text([("app", swap), ("shop", blueGreen), ("site", script)])

    /// A service's text with a piece of it replaced.
    static func text(_ service: String, _ piece: String, _ other: String) -> String {
        precondition(service.contains(piece), "\(piece) is not in \(service)")
        return service.replacing(piece, with: other)
    }

    /// What is wrong in a file.
    static func problems(_ text: String) -> [String] { ServicesFile.parse(Array(text.utf8)).problems }

    /// A file that has to be right.
    static func file(_ text: String = all) throws -> ServicesFile {
        let (file, problems) = ServicesFile.parse(Array(text.utf8))
        guard let file else { throw Wrong(problems: problems) }
        return file
    }

    struct Wrong: Error {
        let problems: [String]
    }
}
