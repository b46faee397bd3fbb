import Foundation
import HTTPClient
import Synchronization
import TestSupport
import Testing

@testable import Deployer

/// The switch of a real Caddy between two real services.
@Suite struct UpstreamTests {
    private let files: TemporaryDirectory
    private let slots: [ScriptedHTTPServer]
    private let caddy: CaddyServer
    private let upstream: Upstream

    init() throws {
        files = try TemporaryDirectory()
        slots = try ["blue", "green"].map { name in
            try ScriptedHTTPServer { request in
                request.path == "/ill" && name == "green" ? HTTPServerAnswer(503) : HTTPServerAnswer(text: name)
            }
        }
        let file = try files.write("upstream.caddy", "# live\nto 127.0.0.1:\(slots[0].port)\n")
        let admin = try Address.freePort()
        let configuration = try files.write(
            "Caddyfile",
            """
            {
                admin 127.0.0.1:\(admin)
                auto_https off
            }
            http://:{$CHIMNEY_PORT} {
                bind 127.0.0.1
                reverse_proxy {
                    import upstream.caddy
                }
            }
            """)
        caddy = try CaddyServer(socket: "", configuration: configuration)
        // The port is one that only Caddy's environment has; here it is the Caddyfile's own.
        let text = try String(contentsOfFile: configuration, encoding: .utf8)
        _ = try files.write("Caddyfile", text.replacing("{$CHIMNEY_PORT}", with: String(caddy.port)))
        upstream = try Self.upstream(
            files, slots,
            CaddySwitch(
                upstreamFile: file, config: configuration, admin: "http://127.0.0.1:\(admin)",
                checkURL: "http://127.0.0.1:\(caddy.port)/"))
    }

    private static func upstream(
        _ files: TemporaryDirectory, _ slots: [ScriptedHTTPServer], _ caddy: CaddySwitch
    ) throws -> Upstream {
        let sides = slots.map { server in
            BlueGreen.Side(
                compose: Compose(file: "/compose.json", project: nil, service: "app"),
                upstream: "127.0.0.1:\(server.port)")
        }
        return Upstream(
            service: BlueGreen(blue: sides[0], green: sides[1], caddy: caddy, drain: 1),
            commands: Commands(marker: files.path) {}, limit: 20,
            http: HTTPProbe(session: try HTTPSession(userAgent: "chimney/test")) {}, onLine: { _ in })
    }

    private func changed(_ body: (CaddySwitch) -> CaddySwitch) throws -> Upstream {
        try Self.upstream(files, slots, body(upstream.service.caddy))
    }

    private func answer() throws -> String {
        try TestSupport.HTTPClient(.port(caddy.port)).get("/").text
    }

    private var file: String {
        get throws { try String(contentsOfFile: files.file("upstream.caddy"), encoding: .utf8) }
    }

    @Test func itTurnsToTheOtherSlotAndBack() throws {
        chmod(files.file("upstream.caddy"), 0o640)
        #expect(upstream.named == .blue)
        #expect(try upstream.live() == .blue)
        #expect(try answer() == "blue")
        try upstream.turn(to: .green)
        #expect(try upstream.live() == .green)
        #expect(upstream.named == .green)
        #expect(try answer() == "green")
        var status = stat()
        #expect(stat(files.file("upstream.caddy"), &status) == 0 && status.st_mode & 0o777 == 0o640)
        try upstream.turn(to: .green)
        #expect(try answer() == "green")
        try upstream.turn(to: .blue)
        #expect(try answer() == "blue")
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: files.path).sorted() == ["Caddyfile", "upstream.caddy"])
    }

    @Test func aFileThatSaysSomethingElseNamesNoSlot() throws {
        for text in [
            "", "to 127.0.0.1:1\n", "to \(upstream.service.blue.upstream) \(upstream.service.green.upstream)\n",
        ] {
            _ = try files.write("upstream.caddy", text)
            #expect(upstream.named == nil)
        }
        unlink(files.file("upstream.caddy"))
        #expect(upstream.named == nil)
    }

    @Test func aConfigurationThatCaddyRefusesChangesNothing() throws {
        let before = try file
        let broken = try files.write("Broken", "{ nonsense")
        let failure = #expect(throws: Upstream.Failure.self) {
            try changed {
                CaddySwitch(
                    upstreamFile: $0.upstreamFile, config: broken, admin: $0.admin, checkURL: $0.checkURL)
            }.turn(to: .green)
        }
        // The way back is by the same configuration.
        #expect(failure?.isUndone == false)
        #expect(failure?.reason.hasPrefix("caddy reload: exit status 1") == true)
        #expect(try file == before)
        #expect(try upstream.live() == .blue)
        #expect(try answer() == "blue")
    }

    @Test func aSlotThatDoesNotAnswerThroughCaddyIsUndone() throws {
        let before = try file
        let failure = #expect(throws: Upstream.Failure.self) {
            try changed {
                CaddySwitch(
                    upstreamFile: $0.upstreamFile, config: $0.config, admin: $0.admin,
                    checkURL: "http://127.0.0.1:\(caddy.port)/ill")
            }.turn(to: .green)
        }
        #expect(failure == Upstream.Failure(reason: "GET through Caddy: HTTP status 503", undoing: nil))
        #expect(try file == before)
        #expect(try upstream.live() == .blue)
        #expect(try answer() == "blue")
    }

    @Test func aCaddyfileThatDoesNotImportTheFileIsNoticed() throws {
        let elsewhere = try files.write("elsewhere.caddy", "to \(upstream.service.blue.upstream)\n")
        let failure = #expect(throws: Upstream.Failure.self) {
            try changed {
                CaddySwitch(upstreamFile: elsewhere, config: $0.config, admin: $0.admin, checkURL: nil)
            }.turn(to: .green)
        }
        #expect(failure?.isUndone == true)
        #expect(failure?.reason.contains("Caddy does not dial \(upstream.service.green.upstream)") == true)
        #expect(try answer() == "blue")
    }

    @Test func aCaddyThatIsNotThereIsSaid() throws {
        caddy.stop()
        let failure = #expect(throws: Upstream.Failure.self) { try upstream.turn(to: .green) }
        #expect(failure?.isUndone == false)
        #expect(upstream.named == .blue)
        #expect(throws: CommandFailure.self) { try upstream.live() }
    }

    @Test func nobodyIsSentAwayWhileItTurns() throws {
        let client = Asking(port: caddy.port)
        for slot in [BlueGreen.Slot.green, .blue, .green, .blue, .green] { try upstream.turn(to: slot) }
        // What the host does to connections is not Caddy's, nor the runner's to change.
        let resets: Set = Upstream.advice == nil ? [] : ["\(Socket.Failure.system(ECONNRESET))"]
        #expect(client.end().subtracting(resets) == ["200 blue", "200 green"])
    }
}

/// Somebody who asks a server without pause, and tells which different answers came.
private final class Asking: Sendable {
    private let answers = Mutex<Set<String>>([])
    private let isOver = Atomic(false)
    private let done = DispatchSemaphore(value: 0)

    init(port: UInt16) {
        let thread = Thread { [self] in
            while !isOver.load(ordering: .relaxed) {
                let answer: String
                do {
                    let given = try TestSupport.HTTPClient(.port(port)).get("/")
                    answer = "\(given.status) \(given.text)"
                } catch {
                    answer = "\(error)"
                }
                answers.withLock { _ = $0.insert(answer) }
            }
            done.signal()
        }
        thread.start()
    }

    /// Ends it.
    func end() -> Set<String> {
        isOver.store(true, ordering: .relaxed)
        _ = done.wait(timeout: .now() + 60)
        return answers.withLock { $0 }
    }
}
