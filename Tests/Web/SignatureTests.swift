import Crypto
import Dragonfly
import Essentials
import FastCGI
import HTTPTypes
import Telemetry
import TestSupport
import Testing

@testable import Web

/// The header for a body that is signed with a secret.
private func signed(_ body: String, with secret: String) -> String {
    let code = HMAC<SHA256>.authenticationCode(
        for: Array(body.utf8), using: SymmetricKey(data: Array(secret.utf8)))
    return "sha256=" + Hex.string(Array(code))
}

@Suite struct SignatureTests {
    private let signature = Signature(NamedSecret.list("old=It's a Secret to Everybody,new=x=y") ?? [])

    private func caller(_ header: String?, _ body: String) -> String? {
        var variables: [String: String] = [:]
        variables["HTTP_X_HUB_SIGNATURE_256"] = header
        let request = Request(environment: Environment(variables), body: RequestBody())
        return Signature.code(of: request).flatMap { signature.authenticate($0, body: Array(body.utf8)) }
    }

    @Test("The example of GitHub's documentation, and a body for each secret")
    func known() {
        let example = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
        #expect(caller("sha256=\(example)", "Hello, World!") == "old")
        #expect(caller("sha256=\(example.uppercased())", "Hello, World!") == "old")
        #expect(caller(signed("{}", with: "x=y"), "{}") == "new")
        #expect(caller(signed("", with: "x=y"), "") == "new")
    }

    @Test("Anything else is signed by nobody")
    func unknown() {
        let good = signed("{}", with: "x=y")
        #expect(caller(good, "{} ") == nil)
        #expect(caller(signed("{}", with: "x=z"), "{}") == nil)
        #expect(caller(signed("{}", with: ""), "{}") == nil)
        for header in [
            nil, "", "sha256=", "sha1=\(good.dropFirst(7))", String(good.dropFirst(7)), good + "0",
            String(good.dropLast()), " " + good, good + ", " + good, "SHA256=\(good.dropFirst(7))",
            String(good.dropLast()) + "g", String(good.dropLast(2)),
        ] {
            #expect(caller(header, "{}") == nil, "\(header ?? "")")
        }
    }

    @Test("Without a secret nobody is let in, not even with an empty one")
    func closed() {
        let code = Hex.bytes(String(signed("{}", with: "").dropFirst(7)), count: 32) ?? []
        #expect(Signature([]).authenticate(code, body: Array("{}".utf8)) == nil)
    }
}

/// The checks of a signed route, in the order of the contract.
@Suite struct SignedRouteTests {
    private let server: StoreServer
    private let application: Application

    init() throws {
        server = try StoreServer()
        let store = Store(url: try #require(StoreURL(server.url)), timeout: 5000)
        let table = RouteTable([
            Route(
                .post, "/hook", authentication: .signature(Signature(NamedSecret.list("ci=abc") ?? [])),
                body: .json(limit: 100)
            ) { _, context in
                .json(JSONWriter.object { $0.member("caller", context.caller) } + context.body)
            }
        ])
        let slot = Slot.unshared()
        application = Application(
            table: table, store: store,
            recorder: Recorder(
                catalogue: Catalogue(routes: table.templates), slot: slot, board: nil, store: store, host: "here",
                level: .critical),
            failures: FailureLimit(clients: ClientAddress(trusted: [])), slot: slot)
    }

    private func post(
        _ body: String, signature: String?, type: String = "application/json", length: String? = nil
    ) -> Response {
        var variables = [
            "REQUEST_METHOD": "POST", "PATH_INFO": "/hook", "CONTENT_TYPE": type, "REMOTE_ADDR": "10.0.0.1",
            "CONTENT_LENGTH": length ?? String(body.utf8.count),
        ]
        variables["HTTP_X_HUB_SIGNATURE_256"] = signature
        return application.respond(
            to: Request(environment: Environment(variables), body: RequestBody(Array(body.utf8))))
    }

    @Test("Whoever has signed the body is known by the name of the secret, and the handler gets that body")
    func accepted() {
        let answer = post(#"{"a":1}"#, signature: signed(#"{"a":1}"#, with: "abc"))
        #expect(answer.status == .ok)
        #expect(String(decoding: answer.body, as: UTF8.self) == #"{"caller":"ci"}{"a":1}"#)
        #expect(post("", signature: signed("", with: "abc")).status == .ok)
    }

    @Test("Size, then the signature, then the media type")
    func order() {
        let large = String(repeating: "x", count: 101)
        #expect(post(large, signature: signed(large, with: "abc")).status == .contentTooLarge)
        #expect(post("{}", signature: signed("{}", with: "abc"), length: "-1").status == .lengthRequired)
        for signature in [nil, signed("{}", with: "no"), signed("{ }", with: "abc")] {
            let answer = post("{}", signature: signature, type: "text/plain")
            #expect(answer.status == .unauthorized)
            #expect(answer.fields[.wwwAuthenticate] == "Bearer")
            #expect(String(decoding: answer.body, as: UTF8.self).contains("X-Hub-Signature-256"))
        }
        let good = signed("{}", with: "abc")
        #expect(post("{}", signature: good, type: "text/plain").status == .unsupportedMediaType)
        #expect(post("{}", signature: good, length: "3").status == .badRequest)
    }

    @Test("Failures are counted, and the right signature always passes")
    func limited() {
        for _ in 0..<10 { #expect(post("{}", signature: nil).status == .unauthorized) }
        #expect(post("{}", signature: signed("{}", with: "no")).status == .tooManyRequests)
        #expect(post("{}", signature: signed("{}", with: "abc")).status == .ok)
    }
}
