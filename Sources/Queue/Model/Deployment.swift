import Essentials

/// A deployment as the store keeps it: an id, and lines of text, of which scripts read and change some. None of the
/// values has a line end in it: texts are free of control characters, or JSON.
struct Deployment {
    /// What stands in each line. Scripts know them by their upper-case names.
    enum Line: Int, CaseIterable {
        /// When it was made, in microseconds since the epoch: its place among all of its organisation.
        case sequence
        /// Its status.
        case status
        /// When it was last changed, as `sequence`.
        case updated
        /// Why it was made.
        case trigger
        /// The taxonomy, in the order of `Facet.ofTaxonomy`; empty for what is absent.
        case name, environment, provider, account, region, cell
        /// What is deployed.
        case version
        /// Orders versions by bytes; empty for one that is no semantic version.
        case precedence
        /// The deployment that a rollback is a copy of, and the one whose place it takes; empty for others.
        case source, replaced
        /// What a rollback is a copy of in the end, where its source is one itself; empty for others.
        case origin
        /// What tells the last change from every other: whoever repeats it finds it done.
        case change
        /// Notes, as JSON.
        case notes
        /// Where it runs, as JSON.
        case address
        /// Who has made it, as members of JSON.
        case creation
        /// All else, which never changes and which a rollback copies, as members of JSON.
        case content
    }

    /// The id: a UUID.
    let id: String
    private var lines: [String]

    /// Reads a record; nil if it is none.
    init?(id: String, record: [UInt8]) {
        self.id = id
        lines = record.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard lines.count == Line.allCases.count, Int64(self[.sequence]) != nil, Status(rawValue: self[.status]) != nil
        else { return nil }
    }

    /// A new one that the store has not seen.
    init(id: String) {
        self.id = id
        lines = Line.allCases.map { $0 == .notes || $0 == .address ? "null" : "" }
    }

    /// The record, as the store keeps it.
    var record: [UInt8] { Array(lines.joined(separator: "\n").utf8) }

    subscript(line: Line) -> String {
        get { lines[line.rawValue] }
        set { lines[line.rawValue] = newValue }
    }

    /// What has become of it.
    var status: Status { Status(rawValue: self[.status]) ?? .scheduled }

    /// What it deploys where.
    var taxonomy: Taxonomy { Taxonomy { self[$0.line] } }

    /// Its place among all of its organisation: later ones have higher ones.
    var sequence: Int64 { Int64(self[.sequence]) ?? 0 }

    /// Writes it as clients see it.
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("id", id)
            json.member("created_at", Self.time(self[.sequence]))
            json.member("updated_at", Self.time(self[.updated]))
            json.raw(self[.content].utf8)
            json.member("status", self[.status])
            json.member("trigger", self[.trigger])
            json.key("notes")
            json.raw(self[.notes].utf8)
            json.key("deployment_uri")
            json.raw(self[.address].utf8)
            json.member("source_deployment_id", self[.source].isEmpty ? nil : self[.source])
            json.member("rollback_from_deployment_id", self[.replaced].isEmpty ? nil : self[.replaced])
            json.raw(self[.creation].utf8)
        }
    }

    /// It as clients see it.
    var json: [UInt8] {
        var writer = JSONWriter(capacity: 1024)
        write(to: &writer)
        return writer.bytes
    }

    /// The time that a number of microseconds stands for.
    static func time(_ microseconds: String) -> String {
        Timestamp(milliseconds: (Int64(microseconds) ?? 0) / 1000).rfc3339
    }
}

extension Facet {
    /// The line of a record that has its value.
    var line: Deployment.Line {
        switch self {
        case .trigger: .trigger
        case .name: .name
        case .environment: .environment
        case .provider: .provider
        case .account: .account
        case .region: .region
        case .cell: .cell
        }
    }
}
