import Foundation
import TestSupport
import Testing

extension EndToEnd {
    @Suite struct ReloadRepairTests {
        /// A program that is the one under test. One that is broken has a single free descriptor unless it is only checked:
        /// enough to load it, and too few for a worker, which needs two.
        private func program(isBroken: Bool) throws -> String {
            """
            #!/bin/bash
            [[ " $* " == *" --check "* ]] || \(isBroken ? "{ ulimit -S -n 4; exec 0<&-; }" : "ulimit -S -n 512")
            exec -a "$0" '\(try Binary.path)' "$@"

            """
        }

        private func put(_ text: String, at path: String) throws {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path + ".new"))
            chmod(path + ".new", 0o755)
            rename(path + ".new", path)
        }

        @Test("A build that passes its check, and whose workers cannot begin, is mended by the next reload")
        func repair() async throws {
            let directory = try TemporaryDirectory()
            let path = directory.file("chimney")
            try put(try program(isBroken: false), at: path)
            let store = try TestStore()
            defer { store.clear() }
            try await withTaskExecutorPreference(BlockingExecutor.shared) {
                let pool = try PoolProcess(workers: 2, environment: store.environment, binary: path)
                defer { pool.stop() }
                #expect(eventually { pool.isWhole(2) })
                try put(try program(isBroken: true), at: path)
                kill(pool.pid, SIGHUP)
                #expect(pool.logs("ended with status 1"))
                // The old generation goes on until there is a new one.
                #expect(try pool.fastCGI.request("GET", "/health").status == 200)
                let before = Set(pool.workers)
                try put(try program(isBroken: false), at: path)
                kill(pool.pid, SIGHUP)
                #expect(eventually { pool.isWhole(2) && before.isDisjoint(with: pool.workers) })
                #expect(try pool.fastCGI.request("GET", "/health").status == 200)
            }
        }

        @Test("An agent that cannot start keeps no worker from being renewed")
        func agentCannotStart() async throws {
            let directory = try TemporaryDirectory()
            let path = directory.file("chimney")
            _ = try directory.write("libcurl.so.4", "no library")
            try put(
                """
                #!/bin/bash
                export LD_LIBRARY_PATH='\(directory.path)'
                [[ " $* " == *" --check "* ]] && unset LD_LIBRARY_PATH
                exec -a "$0" '\(try Binary.path)' "$@"

                """, at: path)
            let store = try TestStore()
            defer { store.clear() }
            try await withTaskExecutorPreference(BlockingExecutor.shared) {
                let pool = try PoolProcess(workers: 2, environment: store.environment, binary: path)
                defer { pool.stop() }
                #expect(pool.logs("libcurl cannot be opened"))
                for _ in 0..<2 {
                    let before = Set(pool.workers)
                    kill(pool.pid, SIGHUP)
                    #expect(eventually { pool.isWhole(2) && before.isDisjoint(with: pool.workers) })
                }
                #expect(try pool.fastCGI.request("GET", "/health").status == 200)
            }
        }
    }
}
