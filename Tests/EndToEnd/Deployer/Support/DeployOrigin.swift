import Crypto
import Foundation
import TestSupport

/// An origin that deploys: Caddy, a pool and a store, and for each host a runner with a docker of its own.
final class DeployOrigin: @unchecked Sendable {
    static let secret = "a-secret-to-sign-deployments-with"
    /// The name of the services' images.
    static let image = "registry.example/acme/app"

    let origin: Origin
    let runners: [RunnerProcess]
    /// The settings of the pool.
    let environment: [String: String]
    private let files: TemporaryDirectory

    /// The first host's.
    var runner: RunnerProcess { runners[0] }
    /// The first host's.
    var docker: FakeDocker { runners[0].docker }

    /// - Parameters:
    ///   - hosts: the names of the hosts, each with a runner.
    ///   - dockers: the hosts' dockers, where a test has prepared them.
    ///   - server: the store's server; nil for any.
    ///   - arguments: further options of `chimney pool`.
    ///   - variables: settings of Caddy.
    ///   - own: settings of the runners alone.
    ///   - services: the services file, made of what the first docker has.
    init(
        hosts: [String] = ["host-1"], workers: Int = 4, environment: [String: String] = [:],
        dockers: [FakeDocker]? = nil, server: StoreServer? = nil, arguments: [String] = [],
        caddy variables: [String: String] = [:], runners own: [String: String] = [:],
        services: (FakeDocker) throws -> String
    ) throws {
        files = try TemporaryDirectory()
        let dockers = try dockers ?? hosts.map { _ in try FakeDocker() }
        let file = try files.write("services.json", services(dockers[0]))
        let settings = ["WEBHOOK_SECRET": Self.secret, "DEPLOY_SERVICES_FILE": file].merging(environment) { $1 }
        let origin = try Origin(
            workers: workers, environment: settings, server: server, arguments: arguments, caddy: variables)
        self.origin = origin
        self.environment = settings.merging(origin.store.environment) { $1 }
        do {
            runners = try zip(hosts, dockers).map { host, docker in
                try RunnerProcess(
                    host: host, docker: docker, services: file,
                    environment: origin.store.environment.merging(environment) { $1 }.merging(own) { $1 })
            }
        } catch {
            origin.stop()
            throw error
        }
    }

    /// Ends all of it.
    func stop() {
        for runner in runners {
            runner.stop()
            runner.docker.stop()
        }
        origin.stop()
    }

    // MARK: Services

    /// A commit for tests: the digit 40 times.
    static func sha(_ digit: Int) -> String { String(repeating: String(digit, radix: 16), count: 40) }

    /// A services file with one service `app` of the strategy `swap`, whose health is that of its container unless `health`
    /// names a URL.
    ///
    /// - Parameters:
    ///   - port: where its container answers; nil for nowhere.
    ///   - more: further members, each with a comma before it.
    static func swap(
        _ docker: FakeDocker, hosts: [String] = ["host-1"], port: UInt16? = nil,
        health: String = #""limit_s":10,"interval_s":1,"start_period_s":4"#,
        limits: String = #""pull_s":10,"command_s":10"#, more: String = ""
    ) throws -> String {
        let compose = try docker.composeFile(image: image, services: ["app": port])
        let names = hosts.map { "\"\($0)\"" }.joined(separator: ",")
        return """
            {"services":{"app":{"hosts":[\(names)],"image":"\(image)","strategy":"swap",
            "compose":{"file":"\(compose)","service":"app"},"health":{\(health)},"limits":{\(limits)}\(more)}}}
            """
    }

    // MARK: Calls

    /// The value of `X-Hub-Signature-256` for a body.
    static func signature(_ body: String, secret: String = secret) -> String {
        let code = HMAC<SHA256>.authenticationCode(for: Data(body.utf8), using: SymmetricKey(data: Data(secret.utf8)))
        return "sha256=" + code.map { String(format: "%02x", $0) }.joined()
    }

    /// Makes a signed call, and waits for its answer.
    func call(_ path: String = "/deploy", _ body: String, _ fields: [(String, String)] = []) throws -> HTTPAnswer {
        try HTTPClient(.port(origin.caddy.port), timeout: 300).request(
            "POST", path,
            [("Content-Type", "application/json"), ("X-Hub-Signature-256", Self.signature(body))] + fields,
            body: Array(body.utf8))
    }

    /// Makes a signed call, and leaves its answer to be received.
    func hold(_ body: String) throws -> HTTPConnection {
        let connection = try HTTPClient(.port(origin.caddy.port), timeout: 300).connect()
        try connection.send(
            "POST", "/deploy",
            [
                ("Content-Type", "application/json"), ("X-Hub-Signature-256", Self.signature(body)),
                ("Connection", "close"),
            ], body: Array(body.utf8))
        return connection
    }

    /// Deploys a version of `app`, and waits for its outcome.
    ///
    /// - Parameter more: further members of the body, each with a comma before it.
    func deploy(_ sha: String, _ more: String = "") throws -> HTTPAnswer {
        try call("/deploy", Self.body(sha, more))
    }

    /// The body of a call. No two are the same, so that none is a replay.
    static func body(_ sha: String, _ more: String = "") -> String {
        #"{"service":"app","image_sha":"\#(sha)","call":"\#(UUID().uuidString)"\#(more)}"#
    }

    /// Deploys a version of `app`, and waits for nothing.
    ///
    /// - Returns: the deployment's id.
    func begin(_ sha: String, _ more: String = "") throws -> String {
        let answer = try call("/deploy", Self.body(sha, more), [("Prefer", "respond-async")])
        guard answer.status == 202, let id = try answer.json.id?.text else {
            throw TestSupportError("The call is answered with \(answer.status): \(answer.text)")
        }
        return id
    }

    /// What is told of a deployment.
    func state(_ id: String) throws -> JSON { try origin.get("/deploy/\(id)").json }

    /// Waits until a deployment is over.
    ///
    /// - Returns: what is told of it then.
    func end(of id: String, within seconds: Double = 60) throws -> JSON {
        var last: JSON?
        let isOver = eventually(within: seconds) {
            last = try? state(id)
            return last?.finished_at?.text != nil
        }
        guard isOver, let last else {
            throw TestSupportError("The deployment \(id) does not end: \(String(describing: last))")
        }
        return last
    }

    /// Every key of the store whose name holds a text.
    func keys(_ text: String) throws -> [String] {
        try origin.store.content().map(\.key).filter { $0.contains(text) }
    }
}

/// Runs a test with an origin that deploys, which ends with it.
func withDeployOrigin<Result: Sendable>(
    hosts: [String] = ["host-1"], workers: Int = 4, environment: [String: String] = [:],
    dockers: [FakeDocker]? = nil, server: StoreServer? = nil, runners: [String: String] = [:],
    services: @Sendable (FakeDocker) throws -> String = { try DeployOrigin.swap($0) },
    _ body: @Sendable (DeployOrigin) async throws -> Result
) async throws -> Result {
    try await withTaskExecutorPreference(BlockingExecutor.shared) {
        let origin = try DeployOrigin(
            hosts: hosts, workers: workers, environment: environment, dockers: dockers, server: server,
            runners: runners, services: services)
        defer { origin.stop() }
        return try await body(origin)
    }
}
