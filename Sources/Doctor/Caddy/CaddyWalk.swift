/// Who answers a request, by Caddy's routes.
enum CaddyOutcome: Equatable {
    /// A reverse proxy: its configuration.
    case proxy(JSONValue)
    /// Caddy itself, with a status; a redirect also with a place.
    case response(status: Int, location: String?)
    /// An error of Caddy's.
    case error(status: Int)
    /// A file below this directory.
    case file(root: String?)
    /// Another handler, by its name.
    case other(String)
    /// Nobody: 200 without content.
    case nobody

    /// The outcome in words, behind "is answered by".
    var words: String {
        switch self {
        case .proxy(let proxy):
            "a proxy to " + proxy["upstreams"].elements.compactMap { $0["dial"].text }.joined(separator: ", ")
        case .response(let status, let location?): "a redirect (\(status)) to \(location)"
        case .response(let status, nil): "`respond` of Caddy's, with status \(status)"
        case .error(let status): "an error of Caddy's, \(status)"
        case .file(let root): "`file_server`" + (root.map { " of \($0)" } ?? "")
        case .other(let name): "Caddy's handler `\(name)`"
        case .nobody: "an empty response of Caddy's"
        }
    }
}

/// The way of a request through Caddy's routes (https://caddyserver.com/docs/json/apps/http/servers/routes/).
struct CaddyWalk {
    /// The request as it is by now: routes may rewrite it.
    private(set) var request: CaddyRequest
    /// The directory of files by now.
    private var root: String?
    /// Whether answers are compressed by now.
    private(set) var isEncoded = false
    /// Whether routes are taken to fit of which that cannot be told.
    private let assumption: Bool

    /// A walk that has not begun.
    ///
    /// - Parameter assumption: whether routes are taken to fit of which that cannot be told.
    init(_ request: CaddyRequest, assumption: Bool) {
        self.request = request
        self.assumption = assumption
    }

    /// Who answers, by the routes of a server.
    mutating func outcome(of routes: JSONValue) -> CaddyOutcome { walk(routes) ?? .nobody }

    /// Who answers; nil if these routes pass the request on.
    private mutating func walk(_ routes: JSONValue) -> CaddyOutcome? {
        var groups: Set<String> = []
        for route in routes.elements {
            let group = route["group"].text
            if let group, groups.contains(group) { continue }
            switch CaddyMatcher.fit(route["match"], request) {
            case .yes: break
            case .no: continue
            case .unknown: if !assumption { continue }
            }
            if let group { groups.insert(group) }
            for handler in route["handle"].elements {
                if let outcome = handle(handler) { return outcome }
            }
            if route["terminal"].isTrue { return .nobody }
        }
        return nil
    }

    /// Handlers that change or note something, and pass the request on.
    private static let passing: Set = [
        "headers", "request_body", "templates", "map", "push", "tracing", "copy_response_headers", "intercept",
        "log_append", "invoke",
    ]

    private mutating func handle(_ handler: JSONValue) -> CaddyOutcome? {
        let name = handler["handler"].text ?? ""
        switch name {
        case "subroute": return walk(handler["routes"])
        case "reverse_proxy": return .proxy(handler)
        case "static_response":
            let location = handler["headers"]["Location"].texts.first
            return .response(status: Int(handler["status_code"].number ?? 200), location: location)
        case "error": return .error(status: Int(handler["status_code"].number ?? 500))
        case "file_server": return .file(root: handler["root"].text ?? root)
        case "encode": isEncoded = true
        case "vars": if let directory = handler["root"].text { root = directory }
        case "rewrite":
            if let uri = handler["uri"].text, !uri.contains("{") { request.path = String(uri.prefix { $0 != "?" }) }
            if let prefix = handler["strip_path_prefix"].text, request.path.hasPrefix(prefix) {
                request.path = String(request.path.dropFirst(prefix.count))
                if !request.path.hasPrefix("/") { request.path = "/" + request.path }
            }
            if let method = handler["method"].text { request.method = method }
        case _ where Self.passing.contains(name): break
        default: return .other(name)
        }
        return nil
    }
}
