import Essentials

/// The keys by which an issuer signs its tokens: a JSON Web Key Set (RFC 7517, section 5), as far as it can be used.
struct KeySet: Sendable {
    /// How many keys are looked at.
    private static let limit = 64

    private var keys: [String: RSAKey] = [:]
    private var parts: [Parts] = []

    private struct Parts {
        var type: String?
        var use: String?
        var algorithm: String?
        var id: String?
        var modulus: String?
        var exponent: String?
    }

    /// Reads a set; nil for what is none, or has no key that can be used. Others are left out (section 5).
    init?(_ bytes: [UInt8]) {
        var found: [Parts]?
        do throws(JSONReader.Fault) {
            try JSONReader.readClaims(bytes) { (reader, name) throws(JSONReader.Fault) in
                guard name == "keys" else { return try reader.skip() }
                found = try Self.parts(&reader)
            }
        } catch {
            return nil
        }
        for part in (found ?? []).prefix(Self.limit) { add(part) }
        guard !keys.isEmpty else { return nil }
    }

    private static func parts(_ reader: inout JSONReader) throws(JSONReader.Fault) -> [Parts] {
        var list: [Parts] = []
        try reader.array { (reader) throws(JSONReader.Fault) in
            var parts = Parts()
            try reader.distinctMembers { (reader, name) throws(JSONReader.Fault) in
                switch name {
                case "kty": parts.type = try reader.optionalString()
                case "use": parts.use = try reader.optionalString()
                case "alg": parts.algorithm = try reader.optionalString()
                case "kid": parts.id = try reader.optionalString()
                case "n": parts.modulus = try reader.optionalString()
                case "e": parts.exponent = try reader.optionalString()
                default: try reader.skip()
                }
            }
            list.append(parts)
        }
        return list
    }

    /// The first key of an id counts: only one is ever tried.
    private mutating func add(_ part: Parts) {
        guard part.type == "RSA", (part.use ?? "sig") == "sig",
            (part.algorithm ?? JSONWebToken.algorithm) == JSONWebToken.algorithm,
            let id = part.id, (1...JSONWebToken.keyIDLimit).contains(id.utf8.count), keys[id] == nil,
            let modulus = part.modulus.flatMap({ Base64URL.decode($0.utf8) }),
            let exponent = part.exponent.flatMap({ Base64URL.decode($0.utf8) }),
            let key = RSAKey(modulus: modulus, exponent: exponent)
        else { return }
        keys[id] = key
        parts.append(part)
    }

    /// The key of an id; nil if there is none.
    subscript(id: String) -> RSAKey? { keys[id] }

    /// The set without what is not used of it, as a set again.
    var stored: [UInt8] {
        JSONWriter.object(capacity: 4096) { set in
            set.key("keys")
            set.array { list in
                for part in parts {
                    list.object {
                        $0.member("kty", part.type)
                        $0.member("kid", part.id)
                        $0.member("n", part.modulus)
                        $0.member("e", part.exponent)
                    }
                }
            }
        }
    }
}
