import TestSupport
import Testing

extension EndToEnd {
    /// What the program says of the queue's settings that are wrong.
    @Suite struct QueueSettingsTests {
        private func start(_ environment: [String: String], _ arguments: [String] = ["--check"]) throws
            -> FinishedProcess
        {
            let directory = try TemporaryDirectory()
            let all = ["pool", "--listen", directory.file("s"), "--workers", "1"] + arguments
            return try FinishedProcess(Binary.path, all, environment: environment)
        }

        static let wrong: [(String, String, String)] =
            ["0", "-1", "1000001", "x", "1.5", "1e3", "99999999999999999999", "1000 a day"].map {
                ("QUEUE_DAILY_LIMIT", $0, "1 to 1000000")
            }
            + ["0", "-1", "x", "2 h 3", "1.5h", "h", "32d", "99999999999999999999", "0h"].map {
                ("QUEUE_STUCK_AFTER", $0, "90m")
            }

        @Test("It ends with status 78, and names the setting and what to set", arguments: wrong)
        func names(name: String, value: String, hint: String) throws {
            for arguments in [[], ["--check"]] {
                let result = try start([name: value], arguments)
                #expect(result.end == .exited(78))
                #expect(result.errors.hasPrefix("chimney: \(name): "), "\(result.errors)")
                #expect(result.errors.contains(hint), "\(result.errors)")
                #expect(result.errors.split(separator: "\n").count == 1)
            }
        }

        @Test("Both are named at once")
        func both() throws {
            let result = try start(["QUEUE_DAILY_LIMIT": "0", "QUEUE_STUCK_AFTER": "x"])
            #expect(result.errors.contains("chimney: QUEUE_DAILY_LIMIT: "))
            #expect(result.errors.contains("chimney: QUEUE_STUCK_AFTER: "))
        }

        @Test(
            "Right ones pass, and empty ones are as good as none",
            arguments: [
                ("QUEUE_DAILY_LIMIT", "1"), ("QUEUE_DAILY_LIMIT", "1000000"), ("QUEUE_DAILY_LIMIT", ""),
                ("QUEUE_STUCK_AFTER", "1"), ("QUEUE_STUCK_AFTER", "5400"), ("QUEUE_STUCK_AFTER", "90m"),
                ("QUEUE_STUCK_AFTER", "2h"), ("QUEUE_STUCK_AFTER", "31d"), ("QUEUE_STUCK_AFTER", ""),
            ])
        func right(name: String, value: String) throws {
            let result = try start([name: value])
            #expect(result.end == .exited(0), "\(result.errors)")
            #expect(result.errors.isEmpty)
        }
    }
}
