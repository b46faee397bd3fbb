import Foundation
import TestSupport

/// Whether a process is there and has not ended.
func isAlive(_ pid: pid_t) -> Bool { state(of: pid).map { !["Z", "X"].contains($0) } ?? false }

/// Whether a process goes on only when it is told to (SIGSTOP).
func isStopped(_ pid: pid_t) -> Bool { state(of: pid) == "T" }

/// When a process began, in ticks since the host did; nil if there is no such process.
func beginning(of pid: pid_t) -> Substring? { fields(of: pid).dropFirst(19).first }

/// The letter of a process's state; nil if there is no such process.
private func state(of pid: pid_t) -> Substring? { fields(of: pid).first }

/// What the kernel tells of a process after its name (`/proc/pid/stat`, proc(5)); nothing if there is no such process.
private func fields(of pid: pid_t) -> [Substring] {
    let status = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
    return status?.split(separator: ")").last?.split(separator: " ") ?? []
}

/// Whether a process waits for a connection, rather than for the store.
func isAsleep(_ pid: pid_t) -> Bool {
    let place = try? String(contentsOfFile: "/proc/\(pid)/wchan", encoding: .utf8)
    return place?.contains("epoll") == true
}

/// The file that a process runs, by the number that no copy of it shares.
func inodeOfProgram(of pid: pid_t) -> UInt? { inode(of: "/proc/\(pid)/exe") }

/// The number of a file.
func inode(of path: String) -> UInt? {
    var status = stat()
    return stat(path, &status) == 0 ? UInt(status.st_ino) : nil
}

extension PoolProcess {
    /// What the pool says of its workers.
    var status: [JSON] {
        guard let answer = try? fastCGI.request("GET", "/api/pool/status") else { return [] }
        return (try? JSON(parsing: answer.body))?.workers?.list ?? []
    }

    /// What each worker is doing, for messages.
    var states: String {
        status.map { "\($0.pid?.integer ?? 0) \($0.state?.text ?? "?") \($0.route?.text ?? "")" }.joined(
            separator: ", ")
    }

    /// Whether there are so many workers, and all are ready.
    func isWhole(_ count: Int) -> Bool {
        let status = status
        return workers.count == count && status.count == count
            && status.allSatisfy { ["idle", "handling", "flushing", "writing"].contains($0.state?.text) }
    }

    /// Waits until a worker is at work on a route, and returns its process id.
    func worker(on route: String, within seconds: Double = patience) -> pid_t? {
        value(within: seconds) {
            status.first { $0.route?.text == route }?.pid?.integer.map { pid_t($0) }
        }
    }

    /// Kills a worker again and again.
    ///
    /// - Returns: how many were killed.
    func killWorkers(every milliseconds: Int, for seconds: Double) -> Int {
        var kills = 0
        let begin = monotonicMilliseconds
        while monotonicMilliseconds - begin < Int(seconds * 1000) {
            if let victim = workers.randomElement(), kill(victim, SIGKILL) == 0 { kills += 1 }
            usleep(UInt32(milliseconds) * 1000)
        }
        return kills
    }

    /// Waits until the log has a message that contains a text.
    func logs(_ text: String, within seconds: Double = patience) -> Bool {
        eventually(within: seconds) { log.contains(text) }
    }
}

extension Origin {
    /// Lets several clients make a number of GET requests each, at once; returns how often each status came back.
    func statuses(of target: String, clients: Int, each count: Int) throws -> [Int: Int] {
        let statuses = Statuses()
        try HTTPClient.concurrently(clients) { _ in
            for _ in 0..<count { statuses.add(try self.get(target).status) }
        }
        return statuses.all
    }

    /// The samples of the metrics as they are now.
    var samples: Samples {
        get throws { Samples(try get("/api/metrics").text) }
    }

    /// The lines of the ring as the store has them, oldest first, without asking the pool.
    var ring: [JSON] {
        get throws {
            try store.run("LRANGE", store.key("{telemetry}:log"), "0", "-1").array.compactMap(\.bytes).reversed()
                .map { try JSON(parsing: $0) }
        }
    }
}
