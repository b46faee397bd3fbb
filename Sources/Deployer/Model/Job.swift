import Dragonfly
import Essentials

/// A deployment as the store keeps it: what was asked for, and what has become of it.
struct Job: Sendable {
    /// The names of the hash's fields.
    enum Field: String, CaseIterable, Sendable {
        case service, sha, tag, healthURL = "health_url", hosts, mode, caller, reason, deploymentID = "deployment_id"
        case kind, created, hold, digest
        case state, phase, position, host, started, finished, deadline, cancelled
        case error, lastHealth = "last_health", containerLogs = "container_logs", nextStep = "next_step", status
        case logLines = "log_lines"
        /// `1` once the log has had its last entry, which is no line.
        case ended
        /// What ran on the host at hand before, as the runner has found it, for its successor.
        case before
        /// `1` where it was given up because its runner was not there: what that has begun is still to be recovered.
        case abandoned
        /// The version that takes its place, as `GoodVersion` is stored.
        case version
        /// The slot that is live in the end.
        case slot
    }

    /// What the caller wants.
    enum Kind: String, Sendable {
        /// A version of the caller's choice.
        case deploy
        /// The version that was good before.
        case rollback
    }

    let id: String
    private var fields: [Field: String]

    /// A deployment with these fields.
    init(id: String, fields: [Field: String]) {
        self.id = id
        self.fields = fields
    }

    /// Reads a hash; nil where there is none, or one that is no deployment.
    init?(id: String, hash: [String: Reply]) {
        var fields: [Field: String] = [:]
        for (name, value) in hash { if let field = Field(rawValue: name) { fields[field] = value.string } }
        guard fields[.service] != nil, fields[.state].flatMap(State.init) != nil else { return nil }
        self.init(id: id, fields: fields)
    }

    /// A field; nil where it is absent or empty.
    subscript(field: Field) -> String? {
        get { fields[field].flatMap { $0.isEmpty ? nil : $0 } }
        set { fields[field] = newValue ?? "" }
    }

    var service: String { self[.service] ?? "" }
    /// The commit; empty until the version of a rollback is known.
    var sha: String { self[.sha] ?? "" }
    /// The hosts in their order.
    var hosts: [String] { (self[.hosts] ?? "").split(separator: " ").map(String.init) }
    /// The index of the host whose turn it is.
    var position: Int { self[.position].flatMap { Int($0) } ?? 0 }
    /// The host whose turn it is.
    var host: String? { hosts.indices.contains(position) ? hosts[position] : nil }
    /// The host after it; nil where it is the last.
    var nextHost: String? { hosts.indices.contains(position + 1) ? hosts[position + 1] : nil }
    var kind: Kind { self[.kind].flatMap(Kind.init) ?? .deploy }
    var state: State { self[.state].flatMap(State.init) ?? .failed }
    var phase: Phase { self[.phase].flatMap(Phase.init) ?? .waiting }
    /// How many entries its log has had: its lines, and at last its end.
    var logEntries: Int { self[.logLines].flatMap { Int($0) } ?? 0 }

    /// A time that is kept in milliseconds.
    func time(_ field: Field) -> Timestamp? { self[field].flatMap { Int64($0) }.map { Timestamp(milliseconds: $0) } }

    /// Writes all that is told of it.
    ///
    /// - Parameter log: its log; nil to leave that and the container's out, as in lists.
    func write(to json: inout JSONWriter, log: JobLog?) {
        json.member("id", id)
        json.member("service", service)
        json.member("sha", self[.sha])
        json.member("kind", kind.rawValue)
        json.key("hosts")
        json.array { list in for host in hosts { list.string(host) } }
        json.member("host", state == .succeeded ? nil : host)
        json.member("mode", self[.mode])
        json.member("status", state.rawValue)
        json.member("phase", phase.rawValue)
        json.member("created_at", time(.created)?.rfc3339)
        json.member("started_at", time(.started)?.rfc3339)
        json.member("finished_at", time(.finished)?.rfc3339)
        json.member("caller", self[.caller])
        json.member("reason", self[.reason])
        json.member("deployment_id", self[.deploymentID])
        json.member("log_lines", log?.count ?? logEntries - (self[.ended] == nil ? 0 : 1))
        if let log {
            json.key("logs")
            json.array { list in for line in log.lines { list.string(line) } }
            json.key("container_logs")
            json.array { list in
                for line in self[.containerLogs]?.split(separator: "\n", omittingEmptySubsequences: false) ?? [] {
                    list.string(String(line))
                }
            }
        }
        json.member("error", self[.error])
        json.member("last_health", self[.lastHealth])
        json.member("next_step", self[.nextStep])
    }
}
