import Essentials
import FastCGI
import HTTPTypes
import Web

extension HTTPField.Name {
    /// `X-GitHub-Event`
    static let githubEvent = Self("X-GitHub-Event")!
    /// `X-GitHub-Delivery`
    static let githubDelivery = Self("X-GitHub-Delivery")!
}

/// What GitHub tells of by itself (https://docs.github.com/en/webhooks/webhook-events-and-payloads).
struct Webhook {
    /// What has happened: `pull_request`.
    let event: String
    /// Which delivery it is. GitHub repeats it when it delivers again.
    let delivery: String
    /// What has happened to it: `opened`; nil for events without.
    private(set) var action: String?
    /// Where; nil for what concerns no repository.
    private(set) var repository: Repository?

    /// Reads a delivery.
    ///
    /// - Throws: `Problem` 400 where it is not of the form that GitHub's have.
    init(_ request: Request, body: [UInt8]) throws(Problem) {
        event = try Self.field(.githubEvent, of: request)
        delivery = try Self.field(.githubDelivery, of: request)
        var reader = JSONReader(body)
        do throws(JSONReader.Fault) {
            try read(&reader)
            try reader.end()
        } catch {
            throw .badRequest("Send the JSON object that GitHub sends; it is broken at byte \(error.offset + 1).")
        }
    }

    private static func field(_ name: HTTPField.Name, of request: Request) throws(Problem) -> String {
        guard let value = request[name], (1...128).contains(value.utf8.count), value.utf8.allSatisfy(\.isNameByte)
        else {
            throw .badRequest("Set the header \(name.rawName) to 1 to 128 characters of A-Za-z0-9._-, as GitHub does.")
        }
        return value
    }

    /// Bodies have up to 25 MiB, of which two members are looked at.
    private mutating func read(_ reader: inout JSONReader) throws(JSONReader.Fault) {
        var action: String?
        var name: String?
        try reader.object { (reader, member) throws(JSONReader.Fault) in
            switch (member, try reader.kind) {
            case ("action", .string): action = try reader.string()
            case ("repository", .object):
                try reader.object { (reader, member) throws(JSONReader.Fault) in
                    if member == "full_name", try reader.kind == .string {
                        name = try reader.string()
                    } else {
                        try reader.skip()
                    }
                }
            default: try reader.skip()
            }
        }
        self.action = action.map { String($0.prefix(100)) }
        repository = name.flatMap { Repository($0) }
    }
}
