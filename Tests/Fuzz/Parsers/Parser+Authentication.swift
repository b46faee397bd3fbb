import Essentials

@testable import Queue

extension Parser {
    static let authentication = [
        Parser(
            name: "json-web-token",
            seeds: [
                "eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.eyJpc3MiOiJ4In0." + String(repeating: "A", count: 342),
                "eyJhbGciOiJub25lIn0..", "a.b.c",
            ],
            read: { bytes in
                guard let text = bytes.text, let token = try? JSONWebToken(text[...]) else { return }
                try promise(JSONWebToken.isOne(text[...]), "a token that has not three parts", of: bytes)
                try promise(!token.keyID.isEmpty, "a token of no key", of: bytes)
            }),
        Parser(
            name: "token-claims",
            seeds: [
                #"""
                {"iss":"https://token.actions.githubusercontent.com","aud":"chimney","exp":1771668780,"nbf":1771668000,
                "iat":1.5,"sub":"repo:org/web:ref:refs/heads/main","repository":"org/web","repository_owner":"org",
                "ref":"refs/heads/main","workflow_ref":"org/web/.github/workflows/x.yml@main","actor":"a","environment":"production"}
                """#, #"{"aud":["a","b"]}"#,
            ],
            read: { bytes in
                guard (try? TokenClaims(bytes)) != nil else { return }
                try promise(JSONReader.firstFault(in: bytes) == nil, "claims that are no JSON", of: bytes)
            }),
        Parser(
            name: "key-set",
            seeds: [#"{"keys":[{"kty":"RSA","kid":"a","use":"sig","alg":"RS256","n":"AQAB","e":"AQAB"}]}"#],
            read: { bytes in _ = KeySet(bytes) }),
        Parser(
            name: "policy",
            seeds: [
                #"{"rules":[{"repository":"org/*","refs":["refs/heads/main"],"workflows":["*"],"environments":["production"]}]}"#
            ],
            read: { bytes in _ = try? Policy(bytes) }),
        Parser(
            name: "pattern", seeds: ["refs/heads/*\nrefs/heads/main", "*a*b*\naXbX", "a\na"],
            read: { bytes in
                let parts = String(decoding: bytes, as: UTF8.self).split(
                    separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
                let text = String(parts.count > 1 ? parts[1] : "")
                _ = Pattern(String(parts[0])).matches(text)
                try promise(Pattern("*").matches(text), "not anything", of: bytes)
                if !text.contains("*") { try promise(Pattern(text).matches(text), "not itself", of: bytes) }
            }),
        Parser(
            name: "base64url", seeds: ["", "AQAB", "__-9", "YQ"],
            read: { bytes in
                guard let decoded = Base64URL.decode(bytes) else { return }
                try promise(decoded.count == bytes.count * 3 / 4, "of another length", of: bytes)
            }),
    ]
}
