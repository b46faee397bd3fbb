import Crypto
import Essentials
import FastCGI
import HTTPTypes
import Web

extension HTTPField.Name {
    /// `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header)
    fileprivate static let idempotencyKey = Self("Idempotency-Key")!
}

/// What tells the repetition of a request from a new one, where its client has said so by an `Idempotency-Key`.
struct Idempotency {
    /// Milliseconds for which a key is remembered.
    static let keeping = 24 * 3_600_000
    /// Characters of a key.
    private static let limit = 255

    /// Stands for the key.
    let key: String
    /// Stands for what is asked for; empty where no key is given, and every request is a new one.
    let digest: String

    /// Reads the header of a request.
    ///
    /// - Parameter content: what the request asks for, in a form that is the same for the same.
    /// - Throws: `Problem` 400 for what is no key.
    init(_ request: Request, route: String, content: String) throws(Problem) {
        guard let key = request[.idempotencyKey], !key.isEmpty else {
            (self.key, digest) = ("", "")
            return
        }
        guard key.utf8.count <= Self.limit, key.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw .badRequest("Set Idempotency-Key to at most \(Self.limit) printable ASCII characters.")
        }
        self.key = Self.digest(of: key)
        digest = Self.digest(of: route + "\n" + content)
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
