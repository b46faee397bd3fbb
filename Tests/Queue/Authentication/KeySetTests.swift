import Crypto
import TestSupport
import Testing

@testable import Queue

@Suite struct KeySetTests {
    private let signer: TokenSigner

    init() throws { signer = try TokenSigner.shared.get() }

    private func set(_ keys: [JSON]) -> KeySet? {
        KeySet(Array("{\"keys\":[\(keys.map(Self.text).joined(separator: ","))]}".utf8))
    }

    private static func text(_ json: JSON) -> String {
        switch json {
        case .object(let members):
            "{" + members.map { "\(JSON.quoted($0.key)):\(text($0.value))" }.joined(separator: ",") + "}"
        case .array(let list): "[" + list.map(text).joined(separator: ",") + "]"
        case .string(let string): JSON.quoted(string)
        case .number(let number): "\(Int(number))"
        case .bool(let truth): "\(truth)"
        case .null: "null"
        }
    }

    /// The key with other members; `nil` takes one away.
    private func key(_ changes: [String: JSON?]) throws -> JSON {
        guard case .object(var members) = try signer.publicKey else { throw TestSupportError("no object") }
        for (name, value) in changes { members[name] = value }
        return .object(members)
    }

    @Test("A key that signs is found by its id; use and algorithm may be left out")
    func used() throws {
        #expect(set([try signer.publicKey])?["key-1"] != nil)
        #expect(set([try signer.publicKey])?["key-2"] == nil)
        #expect(set([try key(["use": nil, "alg": nil])])?["key-1"] != nil)
        #expect(set([try key(["x5c": ["MII"], "x5t": "x", "key_ops": ["verify"]])])?["key-1"] != nil)
    }

    @Test(
        "Others are left out",
        arguments: [
            ["kty": "EC"], ["kty": "oct"], ["kty": nil], ["kty": 1], ["use": "enc"], ["alg": "RS512"], ["alg": "PS256"],
            ["kid": nil], ["kid": ""], ["kid": .string(String(repeating: "k", count: 257))], ["n": nil], ["n": ""],
            ["n": "AQAB"], ["n": "=="], ["n": 3], ["e": nil], ["e": ""], ["e": "AQ"], ["e": "Ag"], ["e": "AA"],
            ["e": "AQABAQAB"],
            ["n": .string(String(repeating: "_", count: 1400))],
        ] as [[String: JSON?]])
    func unused(changes: [String: JSON?]) throws {
        #expect(set([try key(changes)]) == nil)
        let other = try key(["kid": "key-2"])
        let both = set([try key(changes), other])
        #expect(both?["key-1"] == nil)
        #expect(both?["key-2"] != nil)
    }

    @Test("Keys that are too small are left out")
    func small() throws {
        #expect(set([try TokenSigner("small", bits: 1024).publicKey]) == nil)
        let elliptic: JSON = ["kty": "EC", "crv": "P-256", "kid": "ec", "x": "AA", "y": "AA"].object
        #expect(set([elliptic, try signer.publicKey])?["key-1"] != nil)
    }

    @Test(
        "What is no set is none",
        arguments: [
            "", "{}", "[]", "null", #"{"keys":null}"#, #"{"keys":{}}"#, #"{"keys":[]}"#, #"{"keys":[1]}"#,
            #"{"keys":["#,
            "<html>", #"{"keys":[],"keys":[]}"#,
        ])
    func rubbish(text: String) {
        #expect(KeySet(Array(text.utf8)) == nil)
    }

    @Test("Of two keys with one id the first counts; of very many the first 64")
    func many() throws {
        let others = try (0..<100).map { try key(["kid": .string("key-\($0)")]) }
        let keys = try #require(set(others))
        #expect(keys["key-0"] != nil)
        #expect(keys["key-63"] != nil)
        #expect(keys["key-64"] == nil)
        let two = try TokenSigner("key-1")
        let token = try JSONWebToken(Substring(try two.token(["a": 1])))
        let both = try #require(set([try signer.publicKey, try two.publicKey])?["key-1"])
        #expect(throws: JSONWebToken.Refusal.self) { _ = try token.claims(signedBy: both) }
    }

    @Test("As it is stored it is a set with the same keys, and with nothing besides")
    func stored() throws {
        let whole = try #require(set([try key(["kid": "a", "x5c": ["MII"]]), try key(["kid": "b", "kty": "EC"])]))
        let stored = try #require(KeySet(whole.stored))
        #expect(stored["a"] != nil)
        #expect(stored["b"] == nil)
        #expect(!String(decoding: whole.stored, as: UTF8.self).contains("MII"))
        #expect(stored.stored == whole.stored)
    }
}

extension [String: JSON] {
    /// The object with these members.
    fileprivate var object: JSON { .object(self) }
}
