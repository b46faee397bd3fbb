import Essentials
import FastCGI
import HTTPTypes
import Web

/// Callers of this host, who are believed whatever they say: for local use (`AUTH_ENABLED=false`).
struct LocalCallers {
    /// What they are called.
    static let actor = "local"

    /// The organisation of those who name none; nil if they have to.
    let organisation: Organisation?

    /// Who calls.
    ///
    /// - Throws: `Problem` 403 for somebody who may be of another host, 400 without an organisation.
    func identify(_ request: Request) throws(Problem) -> Identity {
        guard Self.isLocal(request) else {
            throw Problem(
                .forbidden,
                "Authentication is switched off here, so only clients of this host are served, who call it localhost; switch it "
                    + "on (AUTH_ENABLED)."
            )
        }
        guard let organisation = try request.organisation() ?? organisation else {
            throw .badRequest(
                "Name the organisation that you act for in the header X-Organisation, or set DEV_ORGANISATION.")
        }
        return Identity(organisation: organisation.name, actor: Self.actor)
    }

    /// Whether the request has come from this host, by all that is said of its way: a proxy on this host hands on those of
    /// others, and whoever it names has to be believed here. An empty field is what a front end makes of none.
    private static func isLocal(_ request: Request) -> Bool {
        guard (request[forwarded] ?? "").isEmpty, isByLocalName(request), isOfLocalPage(request) else { return false }
        let hops = [request[.forwardedFor], request[realAddress]].compactMap { $0 }.filter { !$0.isEmpty }.flatMap {
            $0.split(separator: ",", omittingEmptySubsequences: false)
        }
        return ([request.remoteAddress[...]] + hops).allSatisfy { hop in
            IPAddress(hop.filter { !$0.isWhitespace })?.isLoopback == true
        }
    }

    /// Whether the server is called by a name of this host's. A page of the web whose own name has come to mean this host asks by
    /// that one, and may read the answer: to its browser, both are the same site (DNS rebinding).
    private static func isByLocalName(_ request: Request) -> Bool {
        guard let name = request.environment["HTTP_HOST"], !name.isEmpty else { return true }
        return Endpoint("http://\(name)")?.isOfThisHost == true
    }

    /// Whether the page of the web that a browser asks for, if any, is of this host as well: any other one can have a
    /// browser ask, and may read the answer.
    private static func isOfLocalPage(_ request: Request) -> Bool {
        guard let origin = request[origin], !origin.isEmpty else { return true }
        return Endpoint(origin)?.isOfThisHost == true
    }

    /// `Origin` (RFC 6454)
    private static let origin = HTTPField.Name("Origin")!
    /// `Forwarded` (RFC 7239)
    private static let forwarded = HTTPField.Name("Forwarded")!
    /// `X-Real-IP`, as nginx is often told to send.
    private static let realAddress = HTTPField.Name("X-Real-IP")!
}
