import Testing

@testable import Doctor

@Suite("What is wrong with units") struct UnitTests {
    private func unit(
        _ name: String, active: String = "active", file: String = "enabled", load: String = "loaded", rest: String = ""
    ) -> String {
        "Id=\(name)\nLoadState=\(load)\nActiveState=\(active)\nUnitFileState=\(file)\nMainPID=0\n\(rest)"
    }

    private func findings(_ units: String..., hasServices: Bool = false) -> [Finding] {
        UnitChecks.judge(Unit.parse(units.joined(separator: "\n\n")), hasServices: hasServices).findings
    }

    private var sockets: String { unit("chimney.socket") }

    @Test("What systemctl show prints is read unit by unit")
    func reading() {
        let units = Unit.parse("Id=a.service\nMainPID=7\n\nId=chimney@blue.service\nMainPID=0\nNRestarts=3\n")
        #expect(units.map(\.name) == ["a.service", "chimney@blue.service"])
        #expect(units[0].mainProcess == 7)
        #expect(units[1].mainProcess == nil)
        #expect(units[1].isPool)
        #expect(units[1].restarts == 3)
    }

    @Test("All at work and enabled")
    func good() {
        #expect(findings(sockets, unit("chimney.service"), unit("dragonfly.service"), unit("caddy.service")).isEmpty)
        // Of two that take turns, one rests.
        let turns = unit("chimney@green.service", active: "inactive", file: "disabled")
        #expect(findings(sockets, unit("chimney@blue.service"), turns).isEmpty)
        let redis = unit("redis-server.service", active: "inactive", file: "disabled")
        #expect(findings(sockets, unit("chimney.service"), redis).isEmpty)
    }

    @Test("One that has failed, that is not at work, or not there")
    func faults() {
        let failed = findings(sockets, unit("chimney.service", active: "failed", rest: "Result=exit-code"))
        #expect(failed.map(\.found) == ["chimney.service has failed (exit-code)"])
        #expect(failed.first?.remedy.contains("journalctl -u chimney.service") == true)
        #expect(
            findings(sockets, unit("chimney.service", active: "inactive")).map(\.found)
                == ["chimney.service is not at work"])
        let missing = findings(
            unit("chimney.socket", load: "not-found"), unit("chimney.service"))
        #expect(missing.map(\.found) == ["there is no unit chimney.socket"])
        #expect(
            findings(sockets, unit("chimney.service"), unit("caddy.service", active: "failed")).map(\.severity)
                == [.fault])
    }

    @Test("An instance that has failed is no fault while another one answers")
    func instances() {
        let (blue, green) = ("chimney@blue.service", "chimney@green.service")
        let rests = unit("chimney.service", active: "inactive", file: "disabled")
        let left = findings(
            sockets, rests, unit(blue, active: "failed", file: "disabled", rest: "Result=timeout"), unit(green))
        #expect(left.map(\.severity) == [.warning])
        #expect(left.first?.remedy.hasSuffix("systemctl reset-failed \(blue)") == true)
        // Without one that answers, the one that starts with the host is missed.
        let none = findings(
            sockets, unit("chimney.service", active: "failed", file: "disabled"), unit(green, active: "failed"))
        #expect(none.map(\.severity) == [.fault])
        #expect(none.first?.remedy.contains("restart \(green)") == true)
        #expect(findings(sockets, rests, unit(green, active: "inactive")).map(\.found) == ["\(green) is not at work"])
    }

    @Test("Two pools at the same time are a fault, and the instance is the one to keep")
    func several() {
        let blue = "chimney@blue.service"
        let two = findings(sockets, unit("chimney.service"), unit(blue))
        #expect(two.map(\.found) == ["chimney.service and \(blue) are at work at the same time"])
        #expect(two.map(\.severity) == [.fault])
        #expect(
            two.first?.remedy
                == "systemctl disable --now chimney.service && systemctl enable --now chimney.socket \(blue)")
        #expect(Unit.pool(of: Unit.parse(unit(blue))) == blue)
        #expect(Unit.pool(of: []) == "chimney.service")
    }

    @Test("A runner is needed where there is something to deploy")
    func runner() {
        #expect(findings(sockets, unit("chimney.service")).isEmpty)
        #expect(
            findings(sockets, unit("chimney.service"), hasServices: true).map(\.found)
                == ["there is no unit chimney-runner.service"])
    }

    @Test("One that is not enabled, ends again and again, or was changed")
    func warnings() {
        #expect(
            findings(sockets, unit("chimney.service", file: "disabled")).map(\.found)
                == ["chimney.service is not enabled"])
        #expect(
            findings(sockets, unit("chimney.service", rest: "NRestarts=12")).map(\.found)
                == ["chimney.service was restarted 12 times"])
        #expect(
            findings(sockets, unit("chimney.service", rest: "NeedDaemonReload=yes")).map(\.remedy)
                == ["systemctl daemon-reload, then restart them"])
        #expect(findings(unit("ssh.service")).map(\.severity) == [.warning])
    }
}
