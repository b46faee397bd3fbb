import Dragonfly
import Essentials
import Web

/// The deployments in the store.
struct JobStore {
    /// Seconds for which a deployment is kept.
    static let keeping = 30 * 86_400
    /// Deployments that an index names.
    static let indexBound = 1000
    /// Lines that a log keeps.
    static let logBound = 1000
    /// Milliseconds after which a runner that has not been heard of is not there.
    static let runnerSilence: Int64 = 60_000
    /// Milliseconds that a host's runner may take to begin, as it may be at something else.
    static let queueLimit: Int64 = 3_600_000

    let store: Store

    /// A deployment; nil where there is none.
    ///
    /// - Throws: `StoreError`.
    func job(_ id: String) throws(StoreError) -> Job? {
        try jobs([id]).first ?? nil
    }

    /// Deployments by their ids.
    ///
    /// - Throws: `StoreError`.
    func jobs(_ ids: [String]) throws(StoreError) -> [Job?] {
        guard !ids.isEmpty else { return [] }
        return try zip(ids, store.run(ids.map { Command("HGETALL", store.key(JobKeys.job($0))) })).map { id, reply in
            Job(id: id, hash: reply.dictionary)
        }
    }

    /// The newest deployments, newest first.
    ///
    /// - Parameter service: only those of this one; nil for all.
    /// - Throws: `StoreError`.
    func newest(_ limit: Int, of service: String?) throws(StoreError) -> [Job] {
        let ids = try store.run(
            Command("ZRANGE", store.key(JobKeys.index(service)), "0", String(limit - 1), "REV")
        ).array.compactMap(\.string)
        return try jobs(ids).compactMap { $0 }
    }

    /// The log of a deployment.
    ///
    /// - Throws: `StoreError`.
    func log(_ id: String) throws(StoreError) -> JobLog {
        let entries = try store.run(Command("LRANGE", store.key(JobKeys.log(id)), "0", "-1")).array
        var log = JobLog()
        for entry in entries.reversed() {
            guard let text = entry.string, let tab = text.firstIndex(of: "\t"), let number = Int(text[..<tab]) else {
                continue
            }
            let line = text[text.index(after: tab)...]
            guard !line.hasPrefix(Self.endMark) else { continue }
            log.lines.append(String(line))
            log.count = number
        }
        return log
    }

    /// The log of a deployment as clients follow it, to its end.
    static func ring(_ id: String) -> Ring {
        Ring(key: JobKeys.log(id), bound: logBound, freshLines: logBound) { bytes in
            guard let tab = bytes.firstIndex(of: UInt8(ascii: "\t")),
                let number = Int(String(decoding: bytes[..<tab], as: UTF8.self))
            else { return nil }
            let line = Array(bytes[(tab + 1)...])
            guard line.first == Self.endMark.utf8.first else { return Ring.Entry(id: number, line: line) }
            return Ring.Entry(id: number, type: "end", isLast: true, line: Array(line.dropFirst()))
        }
    }

    /// What the last entry of a log begins with; no line has this byte.
    static let endMark = "\u{1}"
    /// The last entry of a log.
    static func end(_ id: String, _ state: State) -> String {
        endMark
            + String(
                decoding: JSONWriter.object {
                    $0.member("id", id)
                    $0.member("status", state.rawValue)
                }, as: UTF8.self)
    }

    /// The good versions of a service on a host, newest first.
    ///
    /// - Throws: `StoreError`.
    func goodVersions(of service: String, on host: String) throws(StoreError) -> [GoodVersion] {
        try store.run(Command("LRANGE", store.key(JobKeys.good(host, service)), "0", "-1")).array
            .compactMap { $0.string.flatMap(GoodVersion.init) }
    }

    /// When the runner of a host was heard of last, in milliseconds by the store's clock; 0 for never.
    ///
    /// - Throws: `StoreError`.
    func lastBeat(of host: String) throws(StoreError) -> Int64 {
        try store.run(Command("HGET", store.key(JobKeys.runners), host)).integer ?? 0
    }

    /// Says that the runner of a host is there.
    ///
    /// - Throws: `StoreError`.
    func beat(_ host: String) throws(StoreError) {
        _ = try store.evaluate(Self.beating, keys: [store.key(JobKeys.runners)], arguments: [Array(host.utf8)])
    }

    /// By the store's clock, as everything that is compared with it.
    private static let beating = Script(
        """
        local clock = redis.call('TIME')
        local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
        redis.call('HSET', KEYS[1], ARGV[1], string.format('%d', now))
        return '1'
        """)
}

/// The log of a deployment as it was at one moment. The record of the deployment is read at another: what it counts need not
/// be what is here.
struct JobLog: Equatable, Sendable {
    /// The lines that are kept, oldest first.
    var lines: [String] = []
    /// How many there have been in all; the last one here is the one with this number.
    var count = 0
}

/// A version of a service that has been healthy on a host.
struct GoodVersion: Equatable, Sendable {
    /// How many are kept.
    static let bound = 5

    /// The commit; empty where nobody knows what runs.
    let sha: String
    /// The image as docker takes it at any time: `name@sha256:…`, or the image's id; empty with a program of the
    /// operator's.
    let reference: String
    /// The id of the image.
    var imageID: String
    /// The deployment that has brought it; empty for none.
    let jobID: String

    init(sha: String, reference: String, imageID: String, jobID: String) {
        self.sha = sha
        self.reference = reference
        self.imageID = imageID
        self.jobID = jobID
    }

    /// Reads what the store holds; nil if it is none.
    init?(_ stored: String) {
        let parts = stored.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4 else { return nil }
        self.init(sha: parts[0], reference: parts[1], imageID: parts[2], jobID: parts[3])
    }

    /// The version as the store keeps it.
    var stored: String { [sha, reference, imageID, jobID].joined(separator: "\t") }

    /// What runs after a program of the operator's has failed in the middle.
    static func unknown(jobID: String) -> GoodVersion {
        GoodVersion(sha: "", reference: "", imageID: "", jobID: jobID)
    }

    /// Whether both are the same, as far as what runs is concerned.
    func isSame(as other: GoodVersion) -> Bool {
        imageID.isEmpty || other.imageID.isEmpty ? sha == other.sha : imageID == other.imageID
    }
}
