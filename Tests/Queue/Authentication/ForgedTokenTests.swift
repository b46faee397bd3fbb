import Crypto
import CryptoExtras
import Essentials
import Foundation
import TestSupport
import Testing

@testable import Queue

/// What nobody but GitHub can have signed, and what GitHub has signed for others, is nobody's token.
@Suite struct ForgedTokenTests {
    private let fixture: AuthenticationFixture
    private let signer: TokenSigner
    private let claims: [String: JSON]
    private let header: [String: JSON] = ["typ": "JWT", "alg": "RS256", "kid": "key-1"]

    init() throws {
        fixture = try AuthenticationFixture()
        signer = fixture.signer
        claims = TokenSigner.claims(of: fixture.github.issuer)
    }

    private func header(_ changes: [String: JSON]) -> [String: JSON] { header.merging(changes) { $1 } }

    /// Nobody may be known by these; whoever has a valid one is, before and after.
    private func expectRefused(_ tokens: [String: String]) throws {
        #expect(try fixture.identify(try signer.token(claims)) != nil)
        for (name, token) in tokens {
            #expect(try fixture.identify(token) == nil, "\(name)")
            // Nor as a personal access token.
            #expect(try fixture.identify(token, organisation: "acme") == nil, "\(name), with an organisation")
        }
        #expect(try fixture.identify(try signer.token(claims)) != nil)
        #expect(fixture.keyFetches == 1)
        #expect(fixture.github.count() == 1)
    }

    @Test("No algorithm, and no signature")
    func none() throws {
        var tokens: [String: String] = [:]
        for name in ["none", "None", "NONE", "nOnE", ""] {
            let parts = TokenSigner.parts(claims, header: header(["alg": .string(name)]))
            tokens["alg \(name)"] = parts + "."
            tokens["alg \(name), signed"] = try signer.sign(parts)
        }
        tokens["RS256 without a signature"] = TokenSigner.parts(claims, header: header) + "."
        let valid = try signer.token(claims)
        tokens["two parts"] = valid.split(separator: ".").dropLast().joined(separator: ".")
        tokens["no alg"] = try signer.token(claims, header: ["alg": nil])
        tokens["no kid"] = try signer.token(claims, header: ["kid": nil])
        tokens["alg of another type"] = try signer.token(claims, header: ["alg": 256])
        tokens["algs"] = try signer.token(claims, header: ["alg": ["RS256"]])
        tokens["rs256"] = try signer.token(claims, header: ["alg": "rs256"])
        try expectRefused(tokens)
    }

    @Test("HMACs with the public key as their secret")
    func confusion() throws {
        let parts = TokenSigner.parts(claims, header: header(["alg": "HS256"]))
        let unchanged = TokenSigner.parts(claims, header: header)
        let key = signer.key.publicKey
        let modulus = Array(try key.getKeyPrimitives().modulus)
        let secrets: [String: [UInt8]] = [
            "PEM": Array(key.pemRepresentation.utf8), "PKCS 1 PEM": Array(key.pkcs1PEMRepresentation.utf8),
            "DER": Array(key.derRepresentation), "PKCS 1 DER": Array(key.pkcs1DERRepresentation), "modulus": modulus,
            "encoded modulus": Array(TokenSigner.encode(modulus).utf8), "nothing": [],
        ]
        var tokens: [String: String] = [:]
        for (name, secret) in secrets {
            for (algorithm, text) in [("HS256", parts), ("RS256", unchanged)] {
                let code = HMAC<SHA256>.authenticationCode(
                    for: Array(text.utf8), using: SymmetricKey(data: secret))
                tokens["\(algorithm), HMAC by \(name)"] = "\(text).\(TokenSigner.encode(code))"
            }
        }
        try expectRefused(tokens)
    }

    @Test("Other algorithms, curves and paddings")
    func algorithms() throws {
        var tokens: [String: String] = [:]
        let (p256, p384, ed25519) = (
            P256.Signing.PrivateKey(), P384.Signing.PrivateKey(), Curve25519.Signing.PrivateKey()
        )
        for named in ["RS256", "itself"] {
            func text(_ algorithm: String) -> String {
                TokenSigner.parts(
                    claims, header: header(["alg": .string(named == "RS256" ? named : algorithm)]))
            }
            func token(_ algorithm: String, _ sign: (Data) throws -> any Sequence<UInt8>) rethrows -> String {
                "\(text(algorithm)).\(TokenSigner.encode(Array(try sign(Data(text(algorithm).utf8)))))"
            }
            tokens["PS256 as \(named)"] = try signer.sign(text("PS256"), padding: .PSS)
            tokens["RS384 as \(named)"] = try token("RS384") {
                try signer.key.signature(for: SHA384.hash(data: $0), padding: .insecurePKCS1v1_5).rawRepresentation
            }
            tokens["RS512 as \(named)"] = try token("RS512") {
                try signer.key.signature(for: SHA512.hash(data: $0), padding: .insecurePKCS1v1_5).rawRepresentation
            }
            tokens["RS1 as \(named)"] = try token("RS1") {
                try signer.key.signature(for: Insecure.SHA1.hash(data: $0), padding: .insecurePKCS1v1_5)
                    .rawRepresentation
            }
            tokens["ES256 as \(named)"] = try token("ES256") { try p256.signature(for: $0).rawRepresentation }
            tokens["ES256 in DER as \(named)"] = try token("ES256") { try p256.signature(for: $0).derRepresentation }
            tokens["ES384 as \(named)"] = try token("ES384") { try p384.signature(for: $0).rawRepresentation }
            tokens["EdDSA as \(named)"] = try token("EdDSA") { try ed25519.signature(for: $0) }
        }
        try expectRefused(tokens)
    }

    @Test("Keys of others, whatever the header says of them")
    func keys() throws {
        let forger = try TokenSigner(signer.id)
        let small = try TokenSigner(signer.id, bits: 1024)
        let large = try TokenSigner(signer.id, bits: 3072)
        let key = try forger.publicKey
        let lent: [String: [String: JSON?]] = [
            "its own": [:], "jwk": ["jwk": key], "x5c": ["x5c": ["MIIB"]],
            "jku": ["jku": .string(fixture.github.url("/evil/jwks"))],
            "x5u": ["x5u": .string(fixture.github.url("/evil/pem"))],
        ]
        var tokens = try lent.mapValues { try forger.token(claims, header: $0) }
        tokens["small"] = try small.token(claims)
        tokens["large"] = try large.token(claims)
        for id in ["key-2", "", "KEY-1", "key-1 ", "../jwks", "' or 1=1", String(repeating: "k", count: 257)] {
            tokens["kid \(id)"] = try forger.token(claims, header: ["kid": .string(id)])
        }
        tokens["the right key by another name"] = try signer.token(claims, header: ["kid": "key-2"])
        try expectRefused(tokens)
        #expect(fixture.github.count("/evil*") == 0)
    }

    @Test("Extensions that are not understood", arguments: [["b64"], ["exp"], []] as [[String]])
    func critical(names: [String]) throws {
        let list = JSON.array(names.map(JSON.string))
        try expectRefused(["crit": try signer.token(claims, header: ["crit": list, "b64": .bool(true)])])
    }

    @Test("GitHub's, but of another issuer, for others, of another time, or without saying who calls")
    func othersClaims() throws {
        let now = Double(Timestamp.now.milliseconds) / 1000
        let issuer = fixture.github.issuer
        let wrong: [(String, [JSON?])] = [
            (
                "iss",
                [nil, "", .string(issuer + "/"), "https://token.actions.githubusercontent.com", [.string(issuer)], 1]
            ),
            (
                "aud",
                [nil, "", "other", "deployment-queue-api ", "DEPLOYMENT-QUEUE-API", [], ["other"], 1, ["other", 1]]
            ),
            ("exp", [nil, .null, "", .number(now - 61), 0, -1, .string("\(Int(now) + 300)"), [.number(now + 300)]]),
            ("nbf", [.null, "0", .number(now + 63), .number(1e300)]), ("iat", [.null, "0", .number(now + 63)]),
            ("repository_owner", [nil, .null, "", "a/b", "a b", "a\nb", "a{b}", "*", 1, ["acme"]]),
            ("repository", [nil, .null, "", "acme/\u{0}", "acme/a b", ["acme/shop"]]),
            ("actor", [nil, .null, "", "octo\ncat", "octo cat", ["octocat"]]),
        ]
        var tokens: [String: String] = [:]
        for (name, values) in wrong {
            for value in values {
                tokens["\(name) \(value.map { "\($0)" } ?? "absent")"] = try signer.token(
                    TokenSigner.claims(of: issuer, [name: value]))
            }
        }
        let text = String(
            decoding: try JSONEncoder().encode(["iss": issuer, "aud": "deployment-queue-api"]), as: UTF8.self)
        for exp in ["1e999", "-1e999", "1e", "0x7fffffff", "+9999999999", "09999999999", "NaN"] {
            let whole = text.dropLast() + #","repository_owner":"acme","repository":"a/b","actor":"c","exp":\#(exp)}"#
            tokens["exp \(exp)"] = try signer.token(header: Self.header, claims: String(whole))
        }
        try expectRefused(tokens)
    }

    private static let header = #"{"alg":"RS256","kid":"key-1"}"#

    @Test("Texts that are no object, or have a member twice")
    func texts() throws {
        let members = String(decoding: Self.json(claims).dropFirst().dropLast(), as: UTF8.self)
        var tokens: [String: String] = [:]
        for (name, header) in [
            "two algs": #"{"alg":"none","alg":"RS256","kid":"key-1"}"#,
            "two algs, the other way round": #"{"alg":"RS256","alg":"none","kid":"key-1"}"#,
            "two algs, one escaped": #"{"alg":"RS256","\u0061lg":"RS256","kid":"key-1"}"#,
            "two kids": #"{"alg":"RS256","kid":"key-1","kid":"key-1"}"#, "array": #"[{"alg":"RS256","kid":"key-1"}]"#,
            "string": #""RS256""#, "nothing": "", "half": #"{"alg":"RS256","kid":"key-1""#,
            "more": #"{"alg":"RS256","kid":"key-1"}{}"#, "comma": #"{"alg":"RS256","kid":"key-1",}"#,
            "comment": #"{"alg":"RS256","kid":"key-1"/**/}"#, "zero": "{\"alg\":\"RS256\",\"kid\":\"key-1\"}\u{0}",
            "byte order mark": "\u{FEFF}{\"alg\":\"RS256\",\"kid\":\"key-1\"}",
            "deep": #"{"alg":"RS256","kid":"key-1","x":"# + String(repeating: "[", count: 2000)
                + String(repeating: "]", count: 2000) + "}",
            "long": #"{"alg":"RS256","kid":"key-1","x":""# + String(repeating: "x", count: 5000) + "\"}",
        ] {
            tokens["header: \(name)"] = try signer.token(header: header, claims: "{\(members)}")
        }
        for (name, text) in [
            "two owners": #"{"repository_owner":"evil",\#(members)}"#,
            "two owners at the end": #"{\#(members),"repository_owner":"evil"}"#,
            "two owners, one escaped": #"{\#(members),"repository\u005fowner":"evil"}"#, "array": "[{\(members)}]",
            "nothing": "", "null": "null", "half": "{\(members)", "more": "{\(members)}x",
            "twice": "{\(members)}{\(members)}",
        ] {
            tokens["claims: \(name)"] = try signer.token(header: Self.header, claims: text)
        }
        let invalid = TokenSigner.encode(Array("{\(members),\"x\":\"".utf8) + [0xFF] + Array("\"}".utf8))
        tokens["claims: not UTF-8"] = try signer.sign("\(TokenSigner.encode(Self.header.utf8)).\(invalid)")
        try expectRefused(tokens)
    }

    private static func json(_ claims: [String: JSON]) -> [UInt8] {
        let text = TokenSigner.parts(claims, header: [:]).split(separator: ".")[1]
        return Base64URL.decode(text.utf8) ?? []
    }

    @Test("Other spellings of a valid token, and more of it than there should be")
    func spellings() throws {
        let valid = try signer.token(claims)
        let parts = valid.split(separator: ".").map(String.init)
        var tokens: [String: String] = [:]
        for index in 0..<3 {
            func changed(_ change: (String) -> String) -> String {
                var copy = parts
                copy[index] = change(copy[index])
                return copy.joined(separator: ".")
            }
            for end in ["=", "==", "A", "AA", "%3D", "\n", "!"] {
                tokens["part \(index) with \(end)"] = changed { $0 + end }
            }
            tokens["part \(index) shorter"] = changed { String($0.dropLast()) }
            tokens["part \(index) empty"] = changed { _ in "" }
            tokens["part \(index) with a space"] = changed { $0.prefix(8) + " " + $0.dropFirst(8) }
            tokens["part \(index) with a break"] = changed { $0.prefix(8) + "\r\n" + $0.dropFirst(8) }
            tokens["part \(index) in the other alphabet"] = changed {
                $0.replacing("-", with: "+").replacing("_", with: "/")
                    + ($0.contains("-") || $0.contains("_") ? "" : "+")
            }
        }
        // Its last character has bits that belong to no byte.
        let last = try #require(parts[2].last)
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        let at = try #require(alphabet.firstIndex(of: last))
        for other in (at & ~15)..<(at | 15) + 1 where other != at {
            tokens["another last character \(other)"] =
                "\(parts[0]).\(parts[1]).\(parts[2].dropLast())\(alphabet[other])"
        }
        tokens["two signatures"] = "\(valid).\(parts[2])"
        tokens["two signatures in one part"] = valid + parts[2]
        tokens["an empty part more"] = valid + "."
        tokens["an empty part before"] = "." + valid
        tokens["two tokens"] = "\(valid), \(valid)"
        tokens["in JSON"] =
            #"{"payload":"\#(parts[1])","signatures":[{"protected":"\#(parts[0])","signature":"\#(parts[2])"}]}"#
        tokens["zeros before the signature"] =
            try "\(parts[0]).\(parts[1])."
            + TokenSigner.encode([0] + #require(Base64URL.decode(parts[2].utf8)))
        tokens["another one's signature"] =
            try "\(parts[0]).\(parts[1])."
            + String(#require(signer.token(claims.merging(["x": 1]) { $1 }).split(separator: ".").last))
        tokens["another one's claims"] =
            try "\(parts[0])."
            + String(signer.token(claims.merging(["actor": "evil"]) { $1 }).split(separator: ".")[1]) + ".\(parts[2])"
        tokens["too long"] = try signer.token(
            claims.merging(["x": .string(String(repeating: "x", count: 16_384))]) { $1 })
        for bytes in [256, 384, 512, 1024, 1025] {
            let signature = TokenSigner.encode([UInt8](repeating: 0xFF, count: bytes))
            tokens["\(bytes) bytes of nothing"] = "\(parts[0]).\(parts[1]).\(signature)"
        }
        try expectRefused(tokens)
    }
}
