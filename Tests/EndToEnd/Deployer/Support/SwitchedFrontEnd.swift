import Foundation
import TestSupport

/// A Caddy whose upstream a runner switches between the slots of a blue-green service.
///
/// `caddy reload` can be made to wait: it goes through a program in the docker's `bin`.
final class SwitchedFrontEnd: @unchecked Sendable {
    let docker: FakeDocker
    /// Where the service is asked for.
    let port: UInt16
    /// Where Caddy's administration is.
    let admin: UInt16
    /// The slots' ports, blue's first.
    let slots: [UInt16]
    let configuration: String
    let upstreamFile: String
    private(set) var process: ChildProcess

    /// Starts Caddy.
    ///
    /// - Parameter named: the slot that the upstream file names, 0 for blue; nil for no such file.
    init(_ docker: FakeDocker, named: Int? = 0) throws {
        self.docker = docker
        port = try Address.freePort()
        admin = try Address.freePort()
        slots = [try Address.freePort(), try Address.freePort()]
        upstreamFile = docker.file("app.upstream")
        configuration = docker.file("Caddyfile")
        // A pattern may match nothing, a name may not.
        try Self.write(
            """
            {
            \tadmin 127.0.0.1:\(admin)
            }
            http://:\(port) {
            \tbind 127.0.0.1
            \treverse_proxy {
            \t\timport \(docker.file("*.upstream"))
            \t}
            }

            """, configuration)
        if let named { try Self.write("to 127.0.0.1:\(slots[named])\n", upstreamFile) }
        let wrapper = docker.file("bin/caddy")
        try Self.write(Self.wrapper(docker.file("caddy"), try Tool.path("caddy")), wrapper)
        chmod(wrapper, 0o755)
        process = try Self.start(configuration, home: docker.file("home"))
        try waitUntilUp()
    }

    private static func write(_ text: String, _ path: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    private static func wrapper(_ name: String, _ caddy: String) -> String {
        """
        #!/bin/sh
        at() {
            [ -e "\(name)-$1" ] || return 0
            : > "\(name)-$1.reached"
            for _ in $(seq 3000); do [ -e "\(name)-$1" ] || return 0; sleep 0.02; done
        }
        at before
        "\(caddy)" "$@"
        status=$?
        at after
        exit $status
        """
    }

    private static func start(_ configuration: String, home: String) throws -> ChildProcess {
        try ChildProcess(
            "caddy", ["run", "--config", configuration, "--adapter", "caddyfile"],
            environment: ["HOME": home, "XDG_DATA_HOME": home, "XDG_CONFIG_HOME": home])
    }

    private func waitUntilUp() throws {
        let isUp = eventually {
            !process.isRunning || [port, admin].allSatisfy { (try? Socket(.port($0))) != nil }
        }
        guard isUp, process.isRunning else {
            throw TestSupportError("Caddy does not come up: \(process.errors.suffix(1000))")
        }
    }

    /// Starts it again after `stop()`.
    func start() throws {
        process = try Self.start(configuration, home: docker.file("home"))
        try waitUntilUp()
    }

    /// Ends it.
    func stop() { process.terminate(within: 5) }

    /// Makes its configuration one that Caddy refuses.
    func breakConfiguration() throws {
        try Self.write(String(contentsOfFile: configuration, encoding: .utf8) + "this is none {\n", configuration)
    }

    // MARK: Reloads

    /// Has the next `caddy reload` wait, and every one after it.
    func pauseReload(_ moment: DockerPause.Moment) throws { try Self.write("", docker.file("caddy-\(moment)")) }

    /// Waits until a reload is there.
    func waitUntilReloading(_ moment: DockerPause.Moment) -> Bool {
        eventually(within: 40) { FileManager.default.fileExists(atPath: docker.file("caddy-\(moment).reached")) }
    }

    /// Lets reloads go on.
    func resumeReload(_ moment: DockerPause.Moment) {
        try? FileManager.default.removeItem(atPath: docker.file("caddy-\(moment)"))
    }

    // MARK: The service

    /// The compose file of both slots.
    func composeFile() throws -> String {
        try docker.composeFile(image: DeployOrigin.image, services: ["app-blue": slots[0], "app-green": slots[1]])
    }

    /// A services file with the service `app`.
    ///
    /// - Parameter drain: seconds from the switch to the stop of the old slot.
    func services(drain: Int = 1) throws -> String {
        """
        {"services":{"app":{"hosts":["host-1"],"image":"\(DeployOrigin.image)","strategy":"blue-green",
        "compose":{"file":"\(try composeFile())"},
        "slots":{"blue":{"service":"app-blue","upstream":"127.0.0.1:\(slots[0])"},
        "green":{"service":"app-green","upstream":"127.0.0.1:\(slots[1])"}},
        "caddy":{"upstream_file":"\(upstreamFile)","config":"\(configuration)","admin":"http://127.0.0.1:\(admin)",
        "check_url":"http://127.0.0.1:\(port)/"},"drain_s":\(drain),
        "health":{"url":"http://{upstream}/health","limit_s":8,"interval_s":1,"successes":1,"start_period_s":0},
        "limits":{"pull_s":100,"command_s":100}}}}
        """
    }

    /// Has a version run in a slot, as an operator does.
    func run(_ digit: Int, in slot: Int = 0) throws {
        try docker.run(composeFile(), service: ["app-blue", "app-green"][slot], tag: DeployOrigin.sha(digit))
    }

    /// The slots that the file names, and that Caddy dials.
    var live: (named: [Int], dialled: [Int]) {
        get throws {
            let file = (try? String(contentsOfFile: upstreamFile, encoding: .utf8)) ?? ""
            let dialled = try HTTPClient(.port(admin)).get("/config/", [("Host", "127.0.0.1:\(admin)")]).text
            func found(_ text: String) -> [Int] { [0, 1].filter { text.contains("127.0.0.1:\(slots[$0])") } }
            return (found(file), found(dialled))
        }
    }

    /// What the service answers through Caddy: its version.
    func ask() throws -> HTTPAnswer { try HTTPClient(.port(port)).get("/") }
}

/// Runs a test with an origin that deploys a blue-green service behind such a front end; both end with it.
///
/// - Parameters:
///   - named: the slot that Caddy begins with; nil for none.
///   - drain: seconds from the switch to the stop of the old slot.
///   - isRunning: whether version 1 runs in blue already.
func withBlueGreen(
    named: Int? = 0, drain: Int = 1, isRunning: Bool = true,
    _ body: @Sendable (DeployOrigin, SwitchedFrontEnd) throws -> Void
) async throws {
    try await withTaskExecutorPreference(BlockingExecutor.shared) {
        let docker = try FakeDocker()
        let front = try SwitchedFrontEnd(docker, named: named)
        defer { front.stop() }
        for digit in 1...4 { try docker.publish(DeployOrigin.image, tag: DeployOrigin.sha(digit)) }
        if isRunning { try front.run(1) }
        let services = try front.services(drain: drain)
        try await withDeployOrigin(dockers: [docker], services: { _ in services }) { origin throws in
            try body(origin, front)
        }
    }
}
