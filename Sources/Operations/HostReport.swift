import Dragonfly
import Essentials
import FoundationEssentials
import Telemetry

/// What a host tells the others of its pool, by way of the store.
struct HostReport: Decodable {
    /// The hash of all hosts' reports, by host; without the prefix.
    static let key = "workers"
    /// Milliseconds after which a report is not shown: its host is gone, or cannot reach the store.
    static let lifetime: Int64 = 15_000
    /// Milliseconds after which it is removed from the store. Much later, because nobody but its host can tell why it
    /// is old.
    static let retention: Int64 = 24 * 3_600_000

    /// When it was made, in milliseconds since the epoch.
    let time: Int64
    /// The processes of the pool.
    let processes: [ProcessReport]

    /// Reads a report of the store; nil for anything else.
    init?(_ bytes: [UInt8]) {
        guard let report = try? JSONDecoder().decode(HostReport.self, from: Data(bytes)) else { return nil }
        self = report
    }

    /// Whether it was made so recently that it can be shown.
    func isCurrent(at now: Timestamp) -> Bool { Self.isNear(time, now, within: Self.lifetime) }

    /// Whether what the store has as a report is nobody's any more: it is a day old, or says nothing of its time. One
    /// of another version of chimney, whose processes cannot be read, has a time as well.
    static func isAbandoned(_ bytes: [UInt8], at now: Timestamp) -> Bool {
        struct Age: Decodable { let time: Int64 }
        guard let age = try? JSONDecoder().decode(Age.self, from: Data(bytes)) else { return true }
        return !isNear(age.time, now, within: retention)
    }

    /// Clocks differ, so a report may come from the future.
    private static func isNear(_ time: Int64, _ now: Timestamp, within distance: Int64) -> Bool {
        (now.milliseconds - distance...now.milliseconds + distance).contains(time)
    }

    /// The report of a host as the store has it.
    static func bytes(of processes: [ProcessReport], at now: Timestamp) -> [UInt8] {
        JSONWriter.object(capacity: 64 + processes.count * 256) { json in
            json.member("time", now.milliseconds)
            json.key("processes")
            json.array { list in for process in processes { process.write(to: &list) } }
        }
    }

    /// The current reports of all hosts but one.
    ///
    /// - Throws: `StoreError`.
    static func processes(of store: Store, but host: String, now: Timestamp) throws(StoreError) -> [ProcessReport] {
        let reports = try store.run(Command("HGETALL", store.key(key))).dictionary
        return reports.sorted { $0.key < $1.key }.flatMap { name, value in
            guard name != host, let report = value.bytes.flatMap({ HostReport($0) }), report.isCurrent(at: now) else {
                return [ProcessReport]()
            }
            return report.processes
        }
    }
}

/// A process of a pool as the status page shows it.
struct ProcessReport: Decodable, Equatable {
    let host: String
    let pid: Int32
    let role: String
    let state: String
    let requests: UInt64
    /// How many clients a streamer keeps; nil for other roles.
    let clients: Int?
    let uptime: UInt64
    let route: String?
    let routeSeconds: Double?
    let privateMemory: Int64?

    private enum CodingKeys: String, CodingKey {
        case host, pid, role, state, requests, clients, route
        case uptime = "uptime_s"
        case routeSeconds = "route_s"
        case privateMemory = "private_memory_bytes"
    }

    /// Writes it as an object.
    func write(to json: inout JSONWriter) {
        json.object { entry in
            entry.member("host", host)
            entry.member("pid", pid)
            entry.member("role", role)
            entry.member("state", state)
            entry.member("requests", requests)
            if let clients { entry.member("clients", clients) }
            entry.member("uptime_s", uptime)
            entry.member("route", route)
            entry.member("route_s", routeSeconds)
            entry.member("private_memory_bytes", privateMemory)
        }
    }
}

extension Host {
    /// The processes of this host's pool as they are now.
    ///
    /// - Parameter privateMemory: of a process in bytes. The kernel walks all its pages to tell, which takes a quarter
    ///   of a millisecond, so it is asked only where it is shown.
    func report(_ names: Catalogue, privateMemory: (Int32) -> Int64?) -> [ProcessReport] {
        processes.map { process in
            ProcessReport(
                host: name, pid: process.pid, role: process.role, state: process.state.name, requests: process.served,
                clients: process.role == Operations.streamerRole ? process.clients : nil, uptime: process.uptime,
                route: process.requestSeconds == nil ? nil : names.name(ofRoute: process.route),
                routeSeconds: process.requestSeconds, privateMemory: privateMemory(process.pid))
        }
    }
}
