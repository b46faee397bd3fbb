import Crypto
import CryptoExtras
import Essentials

/// A JSON Web Token in its compact form (RFC 7519; RFC 7515, section 7.1), taken apart. Nothing in it is to be believed
/// before its signature was verified.
///
/// There is one algorithm, so that nobody can choose a weaker one by the header (RFC 8725, section 3.1), and no other key
/// than the issuer's: what the header says of keys (`jwk`, `jku`, `x5c`, `x5u`) is not looked at.
struct JSONWebToken {
    /// Bytes that a token may have; GitHub's have some 1500.
    static let sizeLimit = 16 << 10
    /// Bytes that an encoded header may have.
    private static let headerLimit = 4 << 10
    /// Bytes that the id of a key may have.
    static let keyIDLimit = 256
    /// The algorithm: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518, section 3.3).
    static let algorithm = "RS256"

    /// Which of the issuer's keys it is said to be signed by.
    let keyID: String
    /// The signature.
    let signature: [UInt8]
    /// What was signed: header and claims as they were sent.
    private let signed: ArraySlice<UInt8>
    private let payload: ArraySlice<UInt8>

    /// Whether a text has the three parts of a token.
    static func isOne(_ text: Substring) -> Bool { text.utf8.count { $0 == UInt8(ascii: ".") } == 2 }

    /// Takes a token apart.
    ///
    /// - Throws: `Refusal` for one that cannot be GitHub's.
    init(_ text: Substring) throws(Refusal) {
        guard text.utf8.count <= Self.sizeLimit else { throw Refusal("it is too long") }
        let bytes = Array(text.utf8)
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw Refusal("it has not three parts") }
        guard parts[0].count <= Self.headerLimit, let header = Base64URL.decode(parts[0]),
            let signature = Base64URL.decode(parts[2])
        else { throw Refusal("it is not encoded as tokens are") }
        guard RSAKey.sizes.contains(signature.count * 8) else { throw Refusal("its signature is of no RSA key") }
        keyID = try Self.keyID(header)
        self.signature = signature
        signed = bytes[..<parts[1].endIndex]
        payload = parts[1]
    }

    private static func keyID(_ header: [UInt8]) throws(Refusal) -> String {
        var algorithm: String?
        var keyID: String?
        var isCritical = false
        do throws(JSONReader.Fault) {
            try JSONReader.readClaims(header) { (reader, name) throws(JSONReader.Fault) in
                switch name {
                case "alg": algorithm = try reader.string()
                case "kid": keyID = try reader.string()
                case "crit":
                    // Extensions that must be understood, and none is (RFC 7515, section 4.1.11).
                    isCritical = true
                    try reader.skip()
                default: try reader.skip()
                }
            }
        } catch {
            throw Refusal("its header is no JSON object")
        }
        guard algorithm == Self.algorithm else { throw Refusal("its algorithm is not \(Self.algorithm)") }
        guard !isCritical else { throw Refusal("its header has extensions") }
        guard let keyID, (1...keyIDLimit).contains(keyID.utf8.count) else { throw Refusal("it names no key") }
        return keyID
    }

    /// What the token says, once it was found to be signed by a key.
    ///
    /// - Throws: `Refusal` if it is not.
    func claims(signedBy key: RSAKey) throws(Refusal) -> TokenClaims {
        guard key.hasSigned(signed, signature) else { throw Refusal("its signature is wrong") }
        guard let payload = Base64URL.decode(payload) else { throw Refusal("its claims are not encoded as claims are") }
        return try TokenClaims(payload)
    }

    /// Why a token is refused; for the log of whoever runs the server.
    struct Refusal: Error {
        /// The reason, which quotes nothing of the token.
        let reason: String

        /// A reason.
        init(_ reason: String) { self.reason = reason }
    }
}
