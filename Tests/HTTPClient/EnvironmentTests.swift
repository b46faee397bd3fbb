import Foundation
import HTTPClient
import TestSupport
import Testing

extension HTTPSessionTests {
    /// Certificates, and proxies. Each in a process of its own, because both come from its environment.
    @Suite struct EnvironmentTests {
        @Test func certificatesAreVerified() async throws {
            await #expect(processExitsWith: .success) { () throws in
                let caddy = try TLSServer()
                defer { caddy.stop() }
                let call = HTTPCall(.get, "https://localhost:\(caddy.port)/?mark-query")
                unsetenv("CURL_CA_BUNDLE")
                // Caddy listens before it has made its certificate.
                let failure = try value {
                    let failure = try expectFailure(call)
                    return failure?.reason.contains("certificate") == true ? failure : nil
                }
                #expect(failure?.kind == .tls)
                #expect(failure?.description.contains("mark-") == false)
                setenv("CURL_CA_BUNDLE", caddy.authority, 1)
                #expect(try session().perform(call).body == Array("secure".utf8))
                // The authority does not vouch for this name.
                let other = HTTPCall(.get, "https://127.0.0.1:\(caddy.port)/")
                #expect(try expectFailure(other)?.kind == .tls)
            }
        }

        @Test func aServerWithoutTLSIsNoSecureOne() throws {
            let server = try ScriptedHTTPServer { _ in HTTPServerAnswer() }
            #expect(try expectFailure(HTTPCall(.get, "https://127.0.0.1:\(server.port)/"))?.kind == .tls)
        }

        @Test func theProxyOfTheEnvironmentIsUsed() async throws {
            await #expect(processExitsWith: .success) { () throws in
                let proxy = try ScriptedHTTPServer { request in HTTPServerAnswer(text: "by proxy: \(request.target)") }
                let server = try ScriptedHTTPServer { _ in HTTPServerAnswer(text: "directly") }
                setenv("http_proxy", proxy.url(""), 1)
                setenv("no_proxy", "127.0.0.1", 1)
                let far = HTTPCall(.get, "http://name.invalid/path")
                #expect(try session().perform(far).body == Array("by proxy: http://name.invalid/path".utf8))
                #expect(try session().perform(HTTPCall(.get, server.url())).body == Array("directly".utf8))
                #expect(proxy.requests.count == 1)

                proxy.stop()
                let failure = try #require(try expectFailure(far))
                #expect(failure.kind == .connect)
                #expect(failure.origin == "http://name.invalid")
            }
        }

        @Test func aSecureConnectionGoesThroughTheProxy() async throws {
            await #expect(processExitsWith: .success) { () throws in
                let proxy = try ScriptedHTTPServer { request in HTTPServerAnswer(403) }
                setenv("https_proxy", proxy.url("").replacing("http://", with: "http://user:mark-secret@"), 1)
                unsetenv("no_proxy")
                let failure = try #require(try expectFailure(HTTPCall(.get, "https://name.invalid/?mark-query")))
                #expect(failure.kind == .broken)
                #expect(!failure.description.contains("mark-"))
                #expect(proxy.requests.first?.method == "CONNECT")
                #expect(proxy.requests.first?.target == "name.invalid:443")
            }
        }
    }
}

/// A Caddy with a certificate of an authority of its own.
struct TLSServer {
    let port: UInt16
    /// The file with the authority's certificate.
    let authority: String
    private let caddy: CaddyServer
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        let file = try directory.write(
            "Caddyfile",
            """
            {
            \tadmin off
            \tskip_install_trust
            \tauto_https disable_redirects
            }
            https://localhost:{$CHIMNEY_PORT} {
            \ttls internal
            \trespond "secure"
            }
            """)
        caddy = try CaddyServer(
            socket: "", configuration: file,
            environment: ["XDG_DATA_HOME": directory.path, "HOME": directory.path])
        port = caddy.port
        authority = directory.file("caddy/pki/authorities/local/root.crt")
    }

    func stop() { caddy.stop() }
}
