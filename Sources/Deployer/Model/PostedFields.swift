import Web

/// The fields of a body as they have come. What they have to be depends on the services file, so they are looked at when
/// that is at hand, and one answer names every mistake.
struct PostedFields {
    private let values: [String: FieldReader.Value]

    /// The fields that break a rule, in the order in which they were looked at.
    private(set) var errors: [Problem.Field] = []

    /// The fields of these names.
    init(_ names: [String], reading fields: FieldReader) {
        values = Dictionary(uniqueKeysWithValues: names.map { ($0, fields.value($0, limit: Service.hostLimit)) })
    }

    /// Notes that a field breaks a rule.
    mutating func reject(_ field: String, _ rule: String) { errors.append(Problem.Field(field: field, message: rule)) }

    /// A field's value. An empty text is as good as none: clients send all the fields that they know.
    func value(_ name: String) -> FieldReader.Value {
        let value = values[name] ?? .missing
        return value == .string("") ? .missing : value
    }

    /// Whether a field is there, whatever it is.
    func has(_ name: String) -> Bool { value(name) != .missing }

    /// A text; nil where it is absent or wrong.
    mutating func text(_ name: String, _ rule: TextRule, isRequired: Bool = false) -> String? {
        switch value(name) {
        case .missing:
            if isRequired { reject(name, "is required: \(rule.description)") }
            return nil
        case .string(let text) where rule.accepts(text): return text
        default:
            reject(name, "has to be \(rule.description)")
            return nil
        }
    }

    /// The service that a field names; nil where it names none.
    mutating func service(_ name: String, in file: ServicesFile) -> Service? {
        text(name, .choice(of: file.names), isRequired: true).flatMap { file.services[$0] }
    }

    /// Some of the hosts of a service in the service's order; all of them where `hosts` is absent.
    ///
    /// - Parameter service: nil where there is none, so that only the form of the list can be checked.
    mutating func hosts(of service: Service?) -> [String] {
        let all = service?.hosts ?? []
        switch value("hosts") {
        case .missing: return all
        case .strings(let named) where !named.isEmpty:
            if Set(named).count < named.count { reject("hosts", "names a host twice") }
            guard let service else { return [] }
            if !named.allSatisfy(all.contains) {
                reject("hosts", "may name hosts of \(service.name) only: \(all.joined(separator: ", "))")
            }
            return all.filter(named.contains)
        default:
            reject("hosts", "has to be a list of 1 to \(Service.hostLimit) host names")
            return []
        }
    }

    /// What happens while another deployment runs.
    mutating func mode() -> Mode {
        text("mode", .choice(of: Mode.allCases.map(\.rawValue))).flatMap(Mode.init) ?? .reject
    }

    /// The queue's deployment that is deployed, in lower case as the queue has it; nil where there is none.
    mutating func deploymentID(for service: Service?) -> String? {
        guard let id = text("deployment_id", .deploymentID) else { return nil }
        if let service, service.organisation == nil {
            reject("deployment_id", "cannot be taken: the services file names no organisation for \(service.name)")
        }
        return id.lowercased()
    }

    /// Why it is done; nil where nobody has said so.
    mutating func reason() -> String? { text("reason", .reason) }
}

extension TextRule {
    /// A commit, or the beginning of one.
    static let commit = TextRule("7 to 64 hexadecimal digits") {
        (7...64).contains($0.utf8.count) && $0.utf8.allSatisfy(\.isHexDigit)
    }
    /// A commit, whose image has it as its tag.
    static let imageCommit = TextRule("40 hexadecimal digits") {
        $0.utf8.count == 40 && $0.utf8.allSatisfy(\.isHexDigit)
    }
    /// The id of a deployment of the queue: a UUID (RFC 9562, section 4).
    fileprivate static let deploymentID = TextRule("a UUID, as the queue has given it") { text in
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        return parts.map(\.count) == [8, 4, 4, 4, 12] && parts.joined().allSatisfy(\.isHexDigit)
    }
    /// Why something is done.
    fileprivate static let reason = TextRule("a text of at most 500 characters, none of them a control character") {
        $0.unicodeScalars.count <= 500 && !$0.unicodeScalars.contains(where: \.isControl)
    }
}
