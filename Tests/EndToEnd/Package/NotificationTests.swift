import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// What the service manager is told (sd_notify(3)).
    @Suite struct NotificationTests {
        private func withInstance(
            watchdog: Int = 60_000_000, _ body: @Sendable (Instance, HeldSockets, TemporaryDirectory) throws -> Void
        ) async throws {
            try await withTaskExecutorPreference(BlockingExecutor.shared) {
                let store = try TestStore()
                let files = try TemporaryDirectory()
                try FileManager.default.copyItem(atPath: Binary.path, toPath: files.file("chimney"))
                let sockets = try HeldSockets()
                let instance = try Instance(
                    sockets, environment: store.environment.merging(["CHIMNEY_CACHE_DIR": files.file("cache")]) { $1 },
                    binary: files.file("chimney"), watchdog: watchdog)
                try body(instance, sockets, files)
                #expect(instance.process.terminate(within: 20) == .exited(0))
            }
        }

        @Test("A pool is ready when its workers accept, and says that it stops")
        func readiness() async throws {
            try await withInstance { instance, sockets, _ throws in
                #expect(instance.isReady(), "\(instance.process.errors)")
                let ready = try #require(instance.manager.messages.first { $0["READY"] == "1" })
                #expect(ready["STATUS"] == "3 workers, 1 streamer, 1 agent")
                #expect(PoolProcess.children(of: instance.process.pid).count == 3)
                #expect(try FastCGIClient(.unix(sockets.worker.path)).request("GET", "/health").status == 200)
                #expect(instance.manager.count("READY") == 1)

                instance.process.signal(SIGTERM)
                #expect(instance.manager.hears("STOPPING"))
                let stop = try #require(instance.manager.messages.first { $0["STOPPING"] == "1" })
                // Longer than requests in flight may take.
                #expect(stop["EXTEND_TIMEOUT_USEC"].flatMap { Int($0) } ?? 0 > 30_000_000)
            }
        }

        @Test("A reload is one from its beginning until the new workers accept; one that is refused ends as well")
        func reload() async throws {
            try await withInstance { instance, _, files throws in
                #expect(instance.isReady(), "\(instance.process.errors)")
                let manager = instance.manager
                let before = Set(PoolProcess.children(of: instance.process.pid))
                instance.process.signal(SIGHUP)
                #expect(manager.hears("READY", times: 2), "\(instance.process.errors.suffix(1000))")
                #expect(manager.count("RELOADING") == 1)
                #expect(PoolProcess.children(of: instance.process.pid).filter { !before.contains($0) }.count == 3)
                let order = manager.messages.compactMap { $0["READY"].map { _ in "ready" } ?? $0["RELOADING"] }
                #expect(order == ["ready", "1", "ready"])

                let path = files.file("chimney.new")
                try Data("#!/bin/sh\nexit 1\n".utf8).write(to: URL(fileURLWithPath: path))
                chmod(path, 0o755)
                #expect(rename(path, files.file("chimney")) == 0)
                instance.process.signal(SIGHUP)
                #expect(manager.hears("READY", times: 3))
                let last = try #require(manager.messages.last { $0["READY"] == "1" })
                #expect(last["STATUS"]?.contains("reload refused") ?? false, "\(last)")
            }
        }

        @Test("A supervisor that tends its processes says that it is alive, again and again, over a reload too")
        func watchdog() async throws {
            try await withInstance(watchdog: 1_000_000) { instance, _, _ throws in
                #expect(instance.isReady(), "\(instance.process.errors)")
                #expect(instance.manager.hears("WATCHDOG", times: 3))
                instance.process.signal(SIGHUP)
                #expect(instance.manager.hears("READY", times: 2))
                let count = instance.manager.count("WATCHDOG")
                #expect(instance.manager.hears("WATCHDOG", times: count + 3))
            }
        }

        @Test("A runner says so while a program of its runs, however long that takes")
        func runner() async throws {
            let files = try TemporaryDirectory()
            // Ends when the test has seen what it waits for.
            let program = """
                #!/bin/sh
                here=${0%/*}
                touch "$here/begun"
                tries=0
                until [ -e "$here/end" ] || [ $tries -gt 300 ]; do sleep 0.1; tries=$((tries + 1)); done
                """
            // Made by another process: one that is started here meanwhile would have the file open.
            let made = try FinishedProcess(
                "sh",
                ["-c", #"printf '%s\n' "$1" > "$2" && chmod 755 "$2""#, "sh", program, files.file("deploy.sh")])
            try #require(made.end == .exited(0), "\(made.errors)")
            let services = """
                {"services":{"app":{"hosts":["host-1"],"image":"\(DeployOrigin.image)","strategy":"script",
                "script":"\(files.file("deploy.sh"))"}}}
                """
            let manager = try NotifySocket()
            let told = ["NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": "1000000"]
            try await withDeployOrigin(runners: told, services: { _ in services }) { origin throws in
                #expect(manager.hears("READY"))
                let answer = Background { try origin.deploy(DeployOrigin.sha(1)) }
                #expect(eventually(within: 20) { FileManager.default.fileExists(atPath: files.file("begun")) })
                let count = manager.count("WATCHDOG")
                #expect(manager.hears("WATCHDOG", times: count + 4))
                _ = try files.write("end", "")
                #expect(try answer.value().status == 200)
                origin.runner.stop()
                #expect(manager.messages.contains { $0["STOPPING"] == "1" && $0["STATUS"] == "ends" })
            }
        }
    }
}
