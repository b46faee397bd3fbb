import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// The Debian package, in a root directory in which chimney has never been.
    @Suite struct PackageTests {
        @Test("The same sources make the same package; its program is small, and its backtraces have names")
        func contents() async throws {
            let package = try DebianPackage.current.get()
            let again = try DebianPackage()
            let bytes = try #require(FileManager.default.contents(atPath: package.path))
            #expect(FileManager.default.contents(atPath: again.path) == bytes)

            let files = try TemporaryDirectory()
            let program = try package.program(in: files)
            // A build for development is larger, and not linked statically.
            if try !FinishedProcess("ldd", [program]).output.contains("libswiftCore") {
                let size = try #require(
                    FileManager.default.attributesOfItem(atPath: program)[.size] as? Int)
                #expect(size <= 40_000_000)
            }
            try await withTaskExecutorPreference(BlockingExecutor.shared) {
                let store = try TestStore()
                let pool = try PoolProcess(
                    workers: 1, environment: store.environment.merging(["CHIMNEY_FAULTS": "true"]) { $1 },
                    binary: program)
                #expect(try pool.fastCGI.request("GET", "/debug/trap").status == 500)
                #expect(pool.logs("worker crashed", within: 20))
                #expect(pool.log.contains("Faults"), "\(pool.log.suffix(2000))")
                pool.stop()
            }
        }

        @Test(
            "Installed, it runs and its units are good; what an operator has written stays; removed, only that is left, and purged nothing",
            .enabled(if: Machine.isPossible, "takes root, and namespaces"))
        func life() throws {
            let root = try DebianRoot()
            let before = try root.content()
            func succeed(_ arguments: String...) throws -> String {
                let finished = try root.run(arguments)
                #expect(finished.end == .exited(0), "\(arguments): \(finished.output)\(finished.errors)")
                return finished.output
            }
            let package = try root.take(DebianPackage.current.get())
            _ = try succeed("dpkg", "--install", package)

            // The program, in a place that has nothing but what the package asks for.
            #expect(try succeed("chimney", "--version").hasPrefix("0."))
            _ = try succeed("chimney", "pool", "--check")
            #expect(try succeed("chimney-switch", "--help").hasPrefix("Usage: chimney-switch"))

            // The units, of which an instance has its program when it is switched to.
            _ = try succeed("cp", "/usr/bin/chimney", "/usr/lib/chimney/blue/chimney")
            let verified = try root.run(
                ["systemd-analyze", "verify", "--man=no"]
                    + ["chimney.socket", "chimney.service", "chimney@blue.service", "chimney-runner.service"]
                    + ["/usr/share/chimney/dragonfly.service"])
            let complaints = verified.errors.split(separator: "\n").filter {
                // It is not there to be run.
                !$0.contains("/usr/bin/dragonfly")
            }
            #expect(complaints == [])

            // Settings: all, none set, and no place for secrets but the directory that root alone may read.
            let settings = try succeed("cat", "/etc/chimney/chimney.env")
            #expect(settings.contains("\n#DRAGONFLY_URL=redis://127.0.0.1:6379/0\n"))
            #expect(settings.contains("\n#LOG_LEVEL=info\n"))
            // As the units set it.
            #expect(settings.contains("\n#CHIMNEY_JOURNAL_DIR=/var/lib/chimney/journal\n"))
            #expect(
                settings.contains("; for chimney-runner.service: /etc/chimney/services.json\n#DEPLOY_SERVICES_FILE=\n"))
            #expect(!settings.contains("TOKEN="))
            #expect(settings.split(separator: "\n").allSatisfy { $0.hasPrefix("#") })
            #expect(try succeed("stat", "-c", "%a %U", "/etc/chimney/secrets") == "700 root\n")
            #expect(try succeed("stat", "-c", "%U", "/etc/caddy/slots") == "chimney-runner\n")

            // An upgrade.
            try root.append("LOG_LEVEL=debug\n", to: "etc/chimney/chimney.env")
            try root.append("secret\n", to: "etc/chimney/secrets/deploy_token")
            let newer = try root.take(DebianPackage.newer.get())
            _ = try succeed("dpkg", "--install", newer)
            #expect(try succeed("dpkg-query", "-W", "-f", "${Version}", "chimney") == "99.1")
            #expect(try succeed("tail", "-n", "1", "/etc/chimney/chimney.env") == "LOG_LEVEL=debug\n")
            #expect(try succeed("cat", "/etc/chimney/secrets/deploy_token") == "secret\n")

            _ = try succeed("systemctl", "enable", "chimney.socket", "chimney.service", "chimney@blue.service")
            // Where systemd is not installed, as in a container, it can be removed as well.
            _ = try succeed(
                "env", "PATH=/nonexistent", "/bin/sh", "/var/lib/dpkg/info/chimney.prerm", "remove")
            _ = try succeed("dpkg", "--remove", "chimney")
            let left = try root.content().subtracting(before).sorted()
            #expect(
                left
                    == [
                        "/etc/chimney", "/etc/chimney/chimney.env", "/etc/chimney/secrets",
                        "/etc/chimney/secrets/deploy_token", "/etc/logrotate.d/chimney",
                    ].filter { !before.contains($0) }, "\(left)")

            _ = try succeed("dpkg", "--purge", "chimney")
            #expect(try root.content().symmetricDifference(before) == [])
            #expect(try !succeed("cat", "/etc/passwd", "/etc/group").contains("chimney"))
        }
    }
}
