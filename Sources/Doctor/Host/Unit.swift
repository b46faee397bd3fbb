import Glibc

/// A unit of systemd's, as `systemctl show` tells it.
struct Unit: Equatable {
    let name: String
    private let properties: [String: String]

    /// The units that an installation may have; the pool's may be two that take turns.
    private static let names = [
        "chimney.socket", "chimney.service", "chimney@blue.service", "chimney@green.service",
        "chimney-runner.service", "dragonfly.service", "redis-server.service", "caddy.service",
    ]

    private static let wanted = [
        "Id", "LoadState", "ActiveState", "UnitFileState", "Result", "NRestarts", "MainPID", "NeedDaemonReload",
    ]

    /// All units; nil where systemd does not run (sd_booted(3)), or does not answer.
    ///
    /// - Parameter run: runs a program.
    static func all(_ run: (String, [String]) -> Program.Outcome) -> [Unit]? {
        guard access("/run/systemd/system", F_OK) == 0 else { return nil }
        let arguments = ["show", "--no-pager", "--property=" + wanted.joined(separator: ",")] + names
        return run("systemctl", arguments).output.map(parse)
    }

    /// Restarts what runs of the pool, and starts nothing beside it.
    static let restart = "systemctl try-restart chimney.service 'chimney@*.service'"

    /// The name of the pool's unit: of the one that is at work, else of the one that starts with the host.
    static func pool(of units: [Unit]) -> String {
        let pools = units.filter { $0.isPool && $0.isThere }
        return (pools.first(where: \.isActive) ?? pools.first(where: \.isEnabled))?.name ?? "chimney.service"
    }

    /// Reads what `systemctl show` prints: properties of a unit, an empty line, those of the next one.
    static func parse(_ text: String) -> [Unit] {
        var units: [Unit] = []
        var properties: [String: String] = [:]
        func add() {
            if let name = properties["Id"] { units.append(Unit(name: name, properties: properties)) }
            properties = [:]
        }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.isEmpty { add() }
            guard let split = line.firstIndex(of: "=") else { continue }
            properties[String(line[..<split])] = String(line[line.index(after: split)...])
        }
        add()
        return units
    }

    var isThere: Bool { properties["LoadState"].map { $0 != "not-found" } ?? false }
    /// Whether it is at work, or about to be.
    var isActive: Bool { ["active", "activating", "reloading"].contains(properties["ActiveState"] ?? "") }
    var hasFailed: Bool { properties["ActiveState"] == "failed" }
    /// Whether it will be there after the host has started anew.
    var isEnabled: Bool {
        ["enabled", "enabled-runtime", "static", "linked", "alias", "indirect", "generated"]
            .contains(properties["UnitFileState"] ?? "")
    }
    /// Why it has failed: `exit-code`, `timeout`, …
    var result: String { properties["Result"] ?? "" }
    var restarts: Int { properties["NRestarts"].flatMap { Int($0) } ?? 0 }
    var needsReload: Bool { properties["NeedDaemonReload"] == "yes" }
    /// Its main process; nil while it has none.
    var mainProcess: pid_t? { properties["MainPID"].flatMap { pid_t($0) }.flatMap { $0 > 0 ? $0 : nil } }
    /// Whether it is the pool, or one of two that take turns.
    var isPool: Bool { name == "chimney.service" || (name.hasPrefix("chimney@") && name.hasSuffix(".service")) }
}
