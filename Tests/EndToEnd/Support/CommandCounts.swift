import TestSupport
import Testing

extension TestStore {
    /// How often each command was carried out, within scripts as well, but for what each process asks once a second. The server
    /// has to be the test's own.
    var commandCounts: [String: Int] {
        get throws {
            let text = try run("INFO", "commandstats").string ?? ""
            var counts: [String: Int] = [:]
            for line in text.split(whereSeparator: \.isNewline) {
                guard let match = line.firstMatch(of: /cmdstat_([^:]+):calls=(\d+)/) else { continue }
                counts[String(match.1)] = Int(match.2)
            }
            counts["time"] = nil
            return counts
        }
    }
}

extension Origin {
    /// What the store has done for requests and their telemetry, by command. The server has to be the test's own, and the
    /// agent must not do anything meanwhile.
    func commands(of requests: () throws -> Void) throws -> [String: Int] {
        try settledCounts()
        try store.run("CONFIG", "RESETSTAT")
        try requests()
        return try settledCounts()
    }

    /// The counts of commands, once nothing happens any more.
    @discardableResult
    private func settledCounts() throws -> [String: Int] {
        var last: [String: Int] = [:]
        var same = 0
        let isSettled = try eventually(every: 50) {
            // But for those by which this is asked.
            let counts = try store.commandCounts.filter { !["info", "config|resetstat"].contains($0.key) }
            same = counts == last ? same + 1 : 0
            last = counts
            return same == 10
        }
        #expect(isSettled, "\(last)")
        return last
    }
}
