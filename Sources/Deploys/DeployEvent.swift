import Crypto
import Essentials
import FoundationEssentials
import Telemetry
import Web

/// How a deploy has ended.
public enum DeployOutcome: String, CaseIterable, Sendable {
    /// What was deployed runs.
    case success
    /// It does not: what ran before does, or nothing.
    case failure
}

/// A side of a service that is deployed to two of them in turn.
public enum DeploySlot: String, Sendable {
    /// The one.
    case blue
    /// The other.
    case green
}

/// A deploy as CI or the runner reports it.
struct DeployEvent: Equatable {
    var sha: String
    var outcome: DeployOutcome
    var slot: DeploySlot?
    var duration: Double?
    var deployedAt: Timestamp
    var pullRequest: Int?
    var title: String?
    var originIPs: [String]
    var service: String?

    /// How many origins an event may name, and how long a title may be.
    static let originLimit = 64
    static let titleLimit = 500
    /// How far ahead of the server's clock a deploy may be, in milliseconds.
    static let aheadLimit: Int64 = 5 * 60_000

    /// Writes the members that come before `age_s` in every answer.
    func writeHead(_ json: inout JSONWriter) {
        json.member("sha", sha)
        json.member("pr_number", pullRequest)
        json.member("pr_title", title)
        json.member("slot", slot?.rawValue)
        json.member("outcome", outcome.rawValue)
        json.member("duration_s", duration)
        json.member("deployed_at", deployedAt.rfc3339)
    }

    /// Writes the members that come after `age_s`.
    func writeTail(_ json: inout JSONWriter) {
        json.key("origin_ips")
        json.array { list in
            for address in originIPs { list.string(address) }
        }
        if let service { json.member("service", service) }
    }

    /// The event as the ring keeps it.
    var stored: [UInt8] {
        JSONWriter.object { write(to: &$0) }
    }

    /// Writes all members but `age_s`.
    func write(to json: inout JSONWriter) {
        writeHead(&json)
        writeTail(&json)
    }

    /// What makes two posts the same deploy; with the time only where the caller has named one.
    func identity(timeIsGiven: Bool) -> String {
        let parts = [
            service ?? "", sha, slot?.rawValue ?? "", outcome.rawValue,
            timeIsGiven ? String(deployedAt.milliseconds) : "-",
        ]
        return Self.identity(of: parts)
    }

    /// What parts stand for, none of which has a line end in it.
    static func identity(of parts: [String]) -> String {
        Hex.string(Array(SHA256.hash(data: Array(parts.joined(separator: "\n").utf8))).prefix(16))
    }
}

extension EventType {
    /// A deploy was recorded.
    static let deploy = EventType("deploy")
}

/// What was posted: the event, and whether the caller has named its time.
struct PostedDeploy: FieldReadable {
    var event: DeployEvent
    let timeIsGiven: Bool

    /// What makes another post the same deploy.
    var identity: String { event.identity(timeIsGiven: timeIsGiven) }

    init(reading fields: inout FieldReader) {
        self.init(reading: &fields, now: .now)
    }

    init(reading fields: inout FieldReader, now: Timestamp) {
        let sha = Self.sha(&fields)
        let outcome = Self.outcome(&fields)
        let service = Self.service(&fields)
        let hasService = fields.value("service") != .missing
        let slot = Self.slot(&fields, isRequired: outcome != .failure && !hasService)
        let duration = Self.duration(&fields, mayBeAbsent: outcome == .failure)
        let time = Self.time(&fields, now: now)
        timeIsGiven = time != nil
        event = DeployEvent(
            sha: sha, outcome: outcome ?? .failure, slot: slot, duration: duration,
            deployedAt: time ?? now.wholeSeconds, pullRequest: Self.pullRequest(&fields), title: Self.title(&fields),
            originIPs: Self.originIPs(&fields), service: service)
    }

    private static func sha(_ fields: inout FieldReader) -> String {
        if case .string(let text) = fields.value("sha"), (7...64).contains(text.utf8.count),
            text.utf8.allSatisfy(\.isHexDigit)
        {
            return text.lowercased()
        }
        fields.reject("sha", "is required: 7 to 64 hexadecimal digits")
        return ""
    }

    private static func outcome(_ fields: inout FieldReader) -> DeployOutcome? {
        if case .string(let text) = fields.value("outcome"), let outcome = DeployOutcome(rawValue: text) {
            return outcome
        }
        fields.reject("outcome", "is required: success or failure")
        return nil
    }

    private static func slot(_ fields: inout FieldReader, isRequired: Bool) -> DeploySlot? {
        switch fields.value("slot") {
        case .missing, .string(""):
            if isRequired {
                fields.reject("slot", "is required: blue or green, unless outcome is failure or service is set")
            }
            return nil
        case .string(let text):
            if let slot = DeploySlot(rawValue: text) { return slot }
        default: break
        }
        fields.reject("slot", "has to be blue or green")
        return nil
    }

    private static func duration(_ fields: inout FieldReader, mayBeAbsent: Bool) -> Double? {
        switch fields.value("duration_s") {
        case .missing, .string(""):
            if !mayBeAbsent {
                fields.reject("duration_s", "is required: a number of seconds, unless outcome is failure")
            }
            return nil
        case .number(let seconds) where seconds >= 0: return seconds
        default:
            fields.reject("duration_s", "has to be a number of seconds, 0 or more")
            return nil
        }
    }

    private static func time(_ fields: inout FieldReader, now: Timestamp) -> Timestamp? {
        switch fields.value("deployed_at") {
        case .missing, .string(""): return nil
        case .string(let text):
            guard let time = Timestamp(rfc3339: text) else { break }
            if time > now.adding(milliseconds: DeployEvent.aheadLimit) {
                fields.reject(
                    "deployed_at", "lies more than 5 minutes ahead of the server's clock (\(now.wholeSeconds.rfc3339))")
            }
            return time
        default: break
        }
        fields.reject("deployed_at", "has to be an RFC 3339 time such as 2026-02-21T10:13:00Z")
        return nil
    }

    private static func pullRequest(_ fields: inout FieldReader) -> Int? {
        switch fields.value("pr_number") {
        case .missing: return nil
        case .number(let number) where number >= 0 && number <= 9_007_199_254_740_991 && number == number.rounded():
            return number == 0 ? nil : Int(number)
        default:
            fields.reject("pr_number", "has to be a whole number, 0 for none")
            return nil
        }
    }

    private static func title(_ fields: inout FieldReader) -> String? {
        switch fields.value("pr_title") {
        case .missing, .string(""): return nil
        case .string(let text) where text.unicodeScalars.count <= DeployEvent.titleLimit: return text
        default:
            fields.reject("pr_title", "has to be a text of at most \(DeployEvent.titleLimit) characters")
            return nil
        }
    }

    private static func originIPs(_ fields: inout FieldReader) -> [String] {
        switch fields.value("origin_ips", limit: DeployEvent.originLimit) {
        case .missing: return []
        case .strings(let addresses) where addresses.allSatisfy({ IPAddress($0) != nil }): return addresses
        default:
            fields.reject("origin_ips", "has to be a list of at most \(DeployEvent.originLimit) IPv4 or IPv6 addresses")
            return []
        }
    }

    private static func service(_ fields: inout FieldReader) -> String? {
        switch fields.value("service") {
        case .missing: return nil
        case .string(let text) where isService(text): return text
        default:
            fields.reject("service", "has to be 1 to 64 characters of A-Za-z0-9._-")
            return nil
        }
    }

    static func isService(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count) && text.utf8.allSatisfy(\.isNameByte)
    }
}

extension DeployEvent: Decodable {
    private enum CodingKeys: String, CodingKey {
        case sha, outcome, slot, duration_s, deployed_at, pr_number, pr_title, origin_ips, service
    }

    /// Reads what `stored` has written.
    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        func text(_ key: CodingKeys) throws -> String? { try fields.decodeIfPresent(String.self, forKey: key) }
        let time = try fields.decode(String.self, forKey: .deployed_at)
        let name = try fields.decode(String.self, forKey: .outcome)
        guard let deployedAt = Timestamp(rfc3339: time), let outcome = DeployOutcome(rawValue: name) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "no deploy event"))
        }
        self.init(
            sha: try fields.decode(String.self, forKey: .sha), outcome: outcome,
            slot: try text(.slot).flatMap(DeploySlot.init),
            duration: try fields.decodeIfPresent(Double.self, forKey: .duration_s),
            deployedAt: deployedAt, pullRequest: try fields.decodeIfPresent(Int.self, forKey: .pr_number),
            title: try text(.pr_title), originIPs: try fields.decode([String].self, forKey: .origin_ips),
            service: try text(.service))
    }
}
