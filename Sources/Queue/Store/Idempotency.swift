import Crypto
import Essentials
import FastCGI
import HTTPTypes
import Web

extension HTTPField.Name {
    /// `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header)
    fileprivate static let idempotencyKey = Self("Idempotency-Key")!
}

/// What a client says by which a repetition of its request can be told from a new one.
struct IdempotencyKey {
    /// Characters of a key.
    private static let limit = 255

    /// The key; empty where none is given, and every request is a new one.
    let text: String

    /// Reads the header of a request.
    ///
    /// - Throws: `Problem` 400 for what is no key.
    init(_ request: Request) throws(Problem) {
        text = request[.idempotencyKey] ?? ""
        guard text.utf8.count <= Self.limit, text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw .badRequest("Set Idempotency-Key to at most \(Self.limit) printable ASCII characters.")
        }
    }
}

/// What tells the repetition of a request from a new one, and from another one with the same key.
struct Idempotency {
    /// Milliseconds for which a key is remembered.
    static let keeping = 24 * 3_600_000

    /// Stands for the key; empty where none is given.
    let key: String
    /// Stands for what is asked for; empty where no key is given.
    let digest: String

    /// Of a request.
    ///
    /// - Parameters:
    ///   - what: what kind of request it is.
    ///   - content: what it asks for, in a form that is the same for the same.
    init(_ key: IdempotencyKey, of what: String, content: String) {
        self.key = key.text.isEmpty ? "" : Self.digest(of: key.text)
        digest = key.text.isEmpty ? "" : Self.digest(of: what + "\n" + content)
    }

    /// Of a key and a digest.
    init(key: String, digest: String) {
        self.key = key
        self.digest = digest
    }

    private static func digest(of text: String) -> String {
        Hex.string(Array(SHA256.hash(data: Array(text.utf8))).prefix(16))
    }

    /// 422: the key was used for another request.
    static let reused = Problem.invalid([
        Problem.Field(
            field: "Idempotency-Key",
            message: "was used for another request within 24 hours; take a new one for each that differs")
    ])
}
