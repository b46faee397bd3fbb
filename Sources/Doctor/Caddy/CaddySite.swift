/// A site of Caddy's that hands requests on to chimney: a server with a host, and its routes.
struct CaddySite {
    /// How it is called: `deploys.example.org (:443)`.
    let name: String
    /// A host that it answers for.
    private let host: String
    private let scheme: String
    private let routes: JSONValue
    let sockets: CaddySockets

    /// Where a request got.
    struct Arrival: Equatable {
        let outcome: CaddyOutcome
        /// Whether the answer is compressed on its way back.
        let isEncoded: Bool
    }

    /// What is asked of chimney, one of each kind.
    static let requests = [
        ("GET", "/healthz"), ("GET", "/api/deploy/status"), ("POST", "/api/deploy/events"),
        ("GET", "/api/github/issues"), ("GET", "/v1/deployments"), ("POST", "/deploy"),
    ]
    /// What goes on for as long as the client likes.
    static let streams = [("GET", "/api/events"), ("GET", "/api/logs/stream"), ("GET", "/deploy/1/log")]
    /// What a site for this machine alone has; others may have it.
    static let management = [("GET", "/health"), ("GET", "/ready"), ("GET", "/metrics")]

    /// The sites of a server, one for each host.
    static func all(of server: JSONValue, _ sockets: CaddySockets) -> [CaddySite] {
        let listen = server["listen"].texts
        let isPlain =
            server["automatic_https"]["disable"].isTrue
            || (server["tls_connection_policies"].elements.isEmpty && !listen.contains { $0.hasSuffix(":443") })
        var hosts: [String] = []
        for route in server["routes"].elements where !route.all(where: sockets.mean).isEmpty {
            let named = route["match"].elements.flatMap { $0["host"].texts }
            for host in named.isEmpty ? [""] : named where !hosts.contains(host) { hosts.append(host) }
        }
        return hosts.map { host in
            let place = listen.joined(separator: ", ")
            return CaddySite(
                name: host.isEmpty ? place : "\(host) (\(place))",
                host: host.isEmpty
                    ? "localhost"
                    : host.split(separator: ".").map { $0 == "*" ? "any" : $0 }
                        .joined(separator: "."),
                scheme: isPlain ? "http" : "https", routes: server["routes"], sockets: sockets)
        }
    }

    /// Where a request gets: one place, or two if that depends on what is not known here.
    func arrivals(_ method: String, _ path: String) -> [Arrival] {
        let request = CaddyRequest(method: method, scheme: scheme, host: host, path: path)
        let arrivals = [false, true].map { assumption in
            var walk = CaddyWalk(request, assumption: assumption)
            let outcome = walk.outcome(of: routes)
            return Arrival(outcome: outcome, isEncoded: walk.isEncoded)
        }
        return arrivals[0] == arrivals[1] ? [arrivals[0]] : arrivals
    }

    /// The proxies to chimney that a request gets to.
    func proxies(_ method: String, _ path: String) -> [(proxy: JSONValue, isEncoded: Bool)] {
        arrivals(method, path).compactMap { arrival in
            guard case .proxy(let proxy) = arrival.outcome, sockets.mean(proxy) else { return nil }
            return (proxy, arrival.isEncoded)
        }
    }

    /// Whether it is to serve all routes, and not only those for who watches over this machine.
    var isWhole: Bool {
        let proxies = routes.all(where: sockets.mean)
        // What a worker leaves open does not count.
        let held = routes.all { !$0["handle_response"].elements.isEmpty }
            .flatMap { $0["handle_response"].all(where: sockets.mean) }
        let hasStreams = proxies.contains { proxy in
            sockets.dialled(proxy).contains(sockets.streamer) && !held.contains(proxy)
        }
        return hasStreams || Self.requests.dropFirst().contains { !self.proxies($0.0, $0.1).isEmpty }
    }

    /// All proxies that speak to chimney, whether a request gets there or not.
    func routes(to sockets: CaddySockets) -> [JSONValue] { routes.all(where: sockets.mean) }

    /// The proxies to workers that its requests get to, each once.
    var workerProxies: [JSONValue] {
        var found: [JSONValue] = []
        for (method, path) in Self.requests + Self.management {
            for (proxy, _) in proxies(method, path) where !found.contains(proxy) {
                if !sockets.dialled(proxy).contains(sockets.streamer) { found.append(proxy) }
            }
        }
        return found
    }
}

extension CaddySite {
    /// What of chimney's paths somebody else answers.
    var misledRequests: [Finding] {
        let expected = isWhole ? Self.requests + Self.streams : []
        var misled: [(outcome: CaddyOutcome, paths: [String])] = []
        func note(_ method: String, _ path: String, _ outcome: CaddyOutcome) {
            let text = method == "GET" ? path : "\(method) \(path)"
            if let index = misled.firstIndex(where: { $0.outcome == outcome }) {
                misled[index].paths.append(text)
            } else {
                misled.append((outcome, [text]))
            }
        }
        for (method, path) in expected + Self.management where proxies(method, path).isEmpty {
            let outcome = arrivals(method, path)[0].outcome
            // That a site keeps these to itself is its own affair.
            let isOptional = isWhole && Self.management.contains { $0.1 == path }
            switch outcome {
            case .error, .file, .nobody: if isOptional { continue }
            case .response(let status, nil): if isOptional, status >= 400 { continue }
            default: break
            }
            note(method, path, outcome)
        }
        return misled.map { finding($0.paths, $0.outcome) }
    }

    private func finding(_ paths: [String], _ outcome: CaddyOutcome) -> Finding {
        let list = paths.joined(separator: ", ")
        let isHealth = paths.contains { ["/healthz", "/health", "/ready"].contains($0) }
        let verb = paths.count == 1 ? "is" : "are"
        if case .response(_, _?) = outcome {
            return Finding(
                .fault, "on the site \(name), \(list) \(verb) answered by \(outcome.words)",
                meaning: isHealth
                    ? "Probes and load balancers do not follow redirects: they count this origin as down."
                    : "Clients that post do not follow redirects, or lose the body on the way.",
                remedy: "except chimney's paths from the redirect: @others not path /api/* /v1/* /deploy /deploy/* "
                    + "/healthz /health /ready /metrics, and redir @others …")
        }
        return Finding(
            .fault, "on the site \(name), \(list) \(verb) answered by \(outcome.words), and not by chimney",
            meaning: "Something that takes every path stands before chimney's routes, or they are not there.",
            remedy: "let `import chimney_api` stand in the site, and put what answers instead into a `handle { … }` "
                + "without a matcher: Caddy asks such a one last")
    }
}
