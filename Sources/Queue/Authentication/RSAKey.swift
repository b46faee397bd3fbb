import Crypto
import CryptoExtras
import Essentials

/// An RSA key of an issuer, by which it signs tokens.
struct RSAKey: Sendable {
    /// The bits that a key may have: fewer can be broken, more only cost time.
    static let sizes = 2048...8192
    /// Bytes that a public exponent may have: 65537 has three, and a large one only costs time.
    private static let exponentLimit = 4

    private let key: _RSA.Signing.PublicKey

    /// A key of its parts, unsigned integers with the most significant byte first (RFC 7518, section 6.3.1); nil for
    /// one that is not to be used.
    init?(modulus: [UInt8], exponent: [UInt8]) {
        guard modulus.count * 8 <= Self.sizes.upperBound + 8, (1...Self.exponentLimit).contains(exponent.count),
            let key = try? _RSA.Signing.PublicKey(n: modulus, e: exponent), Self.sizes.contains(key.keySizeInBits)
        else { return nil }
        self.key = key
    }

    /// Whether a signature of RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017, section 8.2.2) is this key's, of these bytes.
    func hasSigned(_ bytes: ArraySlice<UInt8>, _ signature: [UInt8]) -> Bool {
        guard signature.count == (key.keySizeInBits + 7) / 8 else { return false }
        return key.isValidSignature(
            _RSA.Signing.RSASignature(rawRepresentation: signature), for: SHA256.hash(data: bytes),
            padding: .insecurePKCS1v1_5)
    }
}
