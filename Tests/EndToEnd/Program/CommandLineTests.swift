import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// The program as somebody meets it who starts it by hand.
    @Suite struct CommandLineTests {
        private func run(_ arguments: String..., environment: [String: String] = [:]) throws -> FinishedProcess {
            try FinishedProcess(Binary.path, arguments, environment: environment)
        }

        @Test func helpNamesSubcommandsAndOptions() throws {
            for help in try [run("--help"), run("help"), run()] {
                #expect(help.end == .exited(0))
                for word in ["USAGE", "pool", "worker", "streamer", "doctor"] { #expect(help.output.contains(word)) }
            }
            for help in try [run("pool", "--help"), run("help", "pool")] {
                #expect(help.end == .exited(0))
                for option in [
                    "--listen", "--socket-mode", "--workers", "--max-requests", "--request-timeout", "--check",
                    "--stream-listen", "--max-held",
                ] {
                    #expect(help.output.contains(option))
                }
            }
            #expect(try run("worker", "--help").output.contains("--listen"))
            #expect(try run("streamer", "--help").output.contains("--max-held"))
        }

        @Test func theVersionIsANumber() throws {
            let version = try run("--version")
            #expect(version.end == .exited(0))
            #expect(version.output.wholeMatch(of: #/\d+\.\d+\.\d+\n/#) != nil)
        }

        @Test func theCheckNamesALibraryThatCannotBeOpened() throws {
            let files = try TemporaryDirectory()
            _ = try files.write("libcurl.so.4", "no library")
            let store = try TestStore()
            #expect(try run("pool", "--check", environment: store.environment).end == .exited(0))
            let check = try run(
                "pool", "--check", environment: store.environment.merging(["LD_LIBRARY_PATH": files.path]) { $1 })
            #expect(check.end == .exited(70))
            #expect(check.errors.contains("libcurl.so.4"), "\(check.errors)")
            #expect(check.errors.contains("install the package libcurl4"), "\(check.errors)")
        }

        static let misused = [
            ["nonsense"], ["pool", "--nonsense"], ["pool", "--workers", "0"], ["pool", "--workers", "x"],
            ["pool", "--workers", "5000"], ["pool", "--max-requests", "-1"], ["pool", "--request-timeout", "0"],
            ["pool", "--listen", ""], ["pool", "--listen", "/" + String(repeating: "x", count: 107)],
            ["pool", "--listen", "localhost:99999"], ["pool", "--socket-mode", "9"], ["pool", "--socket-mode", "1777"],
            ["pool", "--stream-listen", ""], ["pool", "--stream-listen", "localhost:0"], ["pool", "--max-held", "0"],
            ["streamer", "--max-held", "x"], ["streamer", "--listen", ""], ["streamer", "--socket-mode", "9"],
        ]

        @Test(arguments: misused) func misuseIsStatus64AndNamesTheWord(_ arguments: [String]) throws {
            let result = try FinishedProcess(Binary.path, arguments)
            #expect(result.end == .exited(64))
            let word = arguments.first { $0.hasPrefix("--") } ?? arguments[0]
            #expect(result.errors.contains(word), "\(result.errors)")
        }

        @Test func aSecondPoolOnTheSameSocketIsRefused() throws {
            let store = try TestStore()
            let first = try PoolProcess(workers: 1, environment: store.environment)
            defer { first.stop() }
            let second = try FinishedProcess(
                Binary.path, ["pool", "--listen", first.socket, "--workers", "1"], environment: store.environment)
            guard case .exited(let status) = second.end else {
                Issue.record("the second pool did not end")
                return
            }
            #expect(status != 0)
            #expect(second.errors.contains(first.socket))
            #expect(second.errors.contains("another process listens"))
            #expect(try first.fastCGI.request("GET", "/health").status == 200)
        }

        @Test func aStreamSocketThatIsTakenIsRefusedAndNothingIsLeft() throws {
            let store = try TestStore()
            let first = try PoolProcess(workers: 1, environment: store.environment)
            defer { first.stop() }
            let files = try TemporaryDirectory()
            let second = try FinishedProcess(
                Binary.path,
                ["pool", "--listen", files.file("second.sock"), "--stream-listen", first.streamSocket],
                environment: store.environment)
            #expect(second.end == .exited(71))
            #expect(second.errors.contains(first.streamSocket))
            #expect(!FileManager.default.fileExists(atPath: files.file("second.sock")))
        }

        @Test func aSocketThatNobodyAnswersIsReplaced() throws {
            let store = try TestStore()
            let first = try PoolProcess(workers: 1, environment: store.environment)
            first.process.killNow()
            #expect(FileManager.default.fileExists(atPath: first.socket))
            #expect(eventually { !first.isListening })
            let second = try PoolProcess(workers: 1, environment: store.environment, socket: first.socket)
            #expect(try second.fastCGI.request("GET", "/health").status == 200)
            second.stop()
            #expect(!FileManager.default.fileExists(atPath: first.socket))
        }

        @Test func aDirectoryThatIsNotThereHasAClearMessage() throws {
            let path = "/nonexistent/directory/chimney.sock"
            let result = try run("pool", "--listen", path, "--workers", "1")
            #expect(result.end == .exited(71))
            #expect(result.errors.contains(path))
        }

        @Test func aFileThatIsNoSocketIsNotReplaced() throws {
            let directory = try TemporaryDirectory()
            let path = try directory.write("precious", "text")
            let result = try FinishedProcess(
                Binary.path, ["pool", "--listen", path, "--workers", "1"])
            #expect(result.end == .exited(71))
            #expect(result.errors.contains(path))
            #expect((try? String(contentsOfFile: path, encoding: .utf8)) == "text")
        }

        @Test(arguments: [("0600", 0o600), ("0660", 0o660), ("666", 0o666)])
        func theSocketHasItsPermissions(_ mode: String, _ expected: Int) throws {
            let store = try TestStore()
            let pool = try PoolProcess(
                workers: 1, environment: store.environment, arguments: ["--socket-mode", mode])
            defer { pool.stop() }
            let attributes = try FileManager.default.attributesOfItem(atPath: pool.socket)
            #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == expected)
        }

        @Test func aPortServesAsWellAsASocket() throws {
            let store = try TestStore()
            let port = try Address.freePort()
            let process = try ChildProcess(
                Binary.path, ["pool", "--listen", "127.0.0.1:\(port)", "--workers", "1"],
                environment: store.environment)
            defer { process.terminate() }
            let client = FastCGIClient(.port(port))
            #expect(eventually { (try? client.request("GET", "/ready"))?.status == 200 })
            #expect(process.terminate() == .exited(0))
        }

        @Test func itEndsWithoutAWordOnSIGTERM() throws {
            let store = try TestStore()
            let pool = try PoolProcess(workers: 2, environment: store.environment)
            #expect(pool.stop() == .exited(0))
            #expect(!FileManager.default.fileExists(atPath: pool.socket))
            #expect(!pool.logLines.contains { ["error", "critical"].contains($0.level) })
        }
    }
}
