import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// The units of systemd/, as they are installed.
    @Suite struct UnitFileTests {
        /// The values of a setting, in their order.
        private func values(_ name: String, of unit: String) throws -> [String] {
            try String(contentsOfFile: Package.path("systemd/\(unit)"), encoding: .utf8).split(separator: "\n")
                .filter { $0.hasPrefix("\(name)=") }.map { String($0.dropFirst(name.count + 1)) }
        }

        @Test func theStoreForgetsNothing() throws {
            let text = try String(contentsOfFile: Package.path("systemd/dragonfly.service"), encoding: .utf8)
            let start = try #require(text.range(of: "\nExecStart="))
            let command = text[start.upperBound...].prefix { $0 != "#" }
            for flag in [
                "\"--snapshot_cron=* * * * *\"", "--dbfilename=chimney", "--cache_mode=false", "--maxmemory=1gb",
                "--lock_on_hashtags", "--interpreter_per_thread=100", "--proactor_threads=2",
                "--bind=${DRAGONFLY_BIND}",
            ] {
                #expect(command.contains(flag), "\(flag)")
            }
            #expect(try values("Environment", of: "dragonfly.service") == ["DRAGONFLY_BIND=127.0.0.1"])
        }

        /// Tenths, as `systemd-analyze security` counts: 0 for no exposure, 100 for all that there can be.
        @Test(arguments: [("chimney.service", 16), ("chimney-runner.service", 16), ("dragonfly.service", 16)])
        func aUnitIsExposedNoMoreThanItsWorkNeeds(_ unit: String, _ limit: Int) throws {
            let analysis = try FinishedProcess(
                "systemd-analyze",
                [
                    "security", "--offline=true", "--no-pager", "--threshold=\(limit)", Package.path("systemd/\(unit)"),
                ])
            #expect(analysis.end == .exited(0), "\(analysis.output.suffix(200))\(analysis.errors)")
            #expect(analysis.output.contains("Overall exposure level for \(unit)"))
        }

        @Test func workersHaveNoRightsOnDocker() throws {
            let unit = "chimney.service"
            // Neither its group nor root's rights, and no way to get them; and the socket is not there for them.
            #expect(try values("SupplementaryGroups", of: unit).isEmpty)
            #expect(try values("Group", of: unit).isEmpty)
            #expect(try values("User", of: unit) == ["chimney"])
            #expect(try values("CapabilityBoundingSet", of: unit) == [""])
            #expect(try values("AmbientCapabilities", of: unit) == [""])
            #expect(try values("NoNewPrivileges", of: unit) == ["yes"])
            let hidden = try values("InaccessiblePaths", of: unit).flatMap { $0.split(separator: " ") }
            #expect(hidden.contains("-/run/docker.sock"))
        }

        @Test func theRunnerHasThoseOfDockersGroupAndOfTheJournalsAndNoOthers() throws {
            let unit = "chimney-runner.service"
            // Docker's not by the unit, which would not start on a host without docker.
            #expect(try values("SupplementaryGroups", of: unit) == ["chimney"])
            let users = try String(contentsOfFile: Package.path("systemd/debian/sysusers.conf"), encoding: .utf8)
            #expect(users.split(separator: "\n").filter { $0.hasPrefix("m ") } == ["m chimney-runner docker"])
            #expect(try values("User", of: unit) == ["chimney-runner"])
            #expect(try values("CapabilityBoundingSet", of: unit) == [""])
            #expect(try values("NoNewPrivileges", of: unit) == ["yes"])
            #expect(try values("ReadWritePaths", of: unit) == ["-%S/chimney/journal", "-/etc/caddy/slots"])
            // What it checks signatures with, and what GitHub is told with, is not its business.
            #expect(
                try values("LoadCredential", of: unit) == [
                    "chimney_dragonfly_url:/etc/chimney/secrets/dragonfly_url"
                ])
        }
    }
}
