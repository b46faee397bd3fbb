/// How a site speaks to chimney.
extension CaddySite {
    /// What is wrong with the routes of streams.
    var streamFindings: [Finding] {
        guard isWhole else { return [] }
        var findings: [Finding] = []
        func add(_ finding: Finding) {
            if !findings.contains(finding) { findings.append(finding) }
        }
        for (method, path) in Self.streams {
            for (proxy, isEncoded) in proxies(method, path) {
                for finding in Self.streamFindings(of: proxy, isEncoded, at: name, sockets) { add(finding) }
            }
        }
        return findings
    }

    private static func streamFindings(
        of proxy: JSONValue, _ isEncoded: Bool, at name: String, _ sockets: CaddySockets
    ) -> [Finding] {
        let snippet = "use the route @chimney_streams of snippets/chimney.caddy for it (import chimney_api)"
        var findings: [Finding] = []
        if sockets.dialled(proxy).contains(sockets.worker) {
            findings.append(
                Finding(
                    .warning, "on the site \(name), streams go to the workers' socket, \(sockets.worker)",
                    meaning: "Workers answer them in parts only, and clients come again and again for the next one.",
                    remedy: snippet))
        }
        if proxy["buffer_responses"].isTrue || proxy["response_buffers"].isTrue {
            findings.append(
                Finding(
                    .fault, "on the site \(name), the responses of streams are buffered",
                    meaning: "Nothing of a stream reaches its client before Caddy's buffer is full.",
                    remedy: "take buffer_responses and response_buffers out of the streams' reverse_proxy: " + snippet))
        } else if proxy["flush_interval"].number != -1 {
            findings.append(
                Finding(
                    .fault, "on the site \(name), streams have no flush_interval -1",
                    meaning: "What is written to a stream may lie in Caddy until more comes.",
                    remedy: "put flush_interval -1 into the streams' reverse_proxy: " + snippet))
        }
        if isEncoded {
            findings.append(
                Finding(
                    .fault, "on the site \(name), streams are compressed (encode)",
                    meaning: "The compression holds back what is written until there is enough of it.",
                    remedy: "put encode into the handle of the files that it is for, in place of the whole site"))
        }
        if proxy["transport"]["read_timeout"].number ?? 0 > 0 {
            findings.append(
                Finding(
                    .warning, "on the site \(name), streams have a read_timeout",
                    meaning: "It is a deadline for the whole stream, which is cut off then.",
                    remedy: "take read_timeout out of the streams' transport: " + snippet))
        }
        return findings
    }

    /// What is wrong with the buffers between clients and workers.
    var bufferFindings: [Finding] {
        var missing: [String] = []
        for proxy in workerProxies {
            if !proxy["buffer_requests"].isTrue, !proxy["request_buffers"].isTrue { missing.append("requests") }
            if !proxy["buffer_responses"].isTrue, !proxy["response_buffers"].isTrue { missing.append("responses") }
        }
        var findings: [Finding] = []
        let kinds = ["requests", "responses"].filter { missing.contains($0) }
        if !kinds.isEmpty {
            findings.append(
                Finding(
                    .fault, "on the site \(name), \(kinds.joined(separator: " and ")) of workers are not buffered",
                    meaning: "A slow client holds a worker for as long as it sends or reads; a few hold all of them.",
                    remedy:
                        "use chimney_api of snippets/chimney.caddy, or put buffer_requests and buffer_responses (Caddy 2.6) "
                        + "or request_buffers 30MB and response_buffers 30MB (2.7 and newer) into its reverse_proxy"))
        }
        let encoded = Self.requests.contains { proxies($0.0, $0.1).contains(where: \.isEncoded) }
        if encoded {
            findings.append(
                Finding(
                    .warning, "on the site \(name), chimney's answers are compressed (encode)",
                    meaning:
                        "They lose their Content-Length, by which a client knows a whole answer from one cut short.",
                    remedy: "put encode into the handle of the files that it is for, in place of the whole site"))
        }
        return findings
    }

    /// What is wrong with how workers hand over clients that have to wait, and with what they are told.
    var holdFindings: [Finding] {
        guard isWhole else { return [] }
        let snippet = "use chimney_api of snippets/chimney.caddy as it is"
        var findings: [Finding] = []
        for proxy in workerProxies {
            let variables = proxy["transport"]["env"]
            let rules = proxy["handle_response"].elements.filter { rule in
                rule["match"]["headers"].members.keys.contains { $0.lowercased() == "x-chimney-hold" }
            }
            let handsOver = rules.contains { rule in
                rule.all { $0["handler"].text == "reverse_proxy" }.contains {
                    sockets.dialled($0).contains(sockets.streamer)
                }
            }
            if variables["CHIMNEY_HOLDS"].text == "1", !handsOver {
                findings.append(
                    Finding(
                        .fault,
                        "on the site \(name), CHIMNEY_HOLDS is set, but what workers leave open does not go to the streamer",
                        meaning: "Who waits for a deployment gets an empty answer at once.",
                        remedy: "\(snippet): its handle_response sends X-Chimney-Hold to \(sockets.streamer)"))
            } else if variables["CHIMNEY_HOLDS"].text != "1" {
                findings.append(
                    Finding(
                        .warning, "on the site \(name), workers are not told that Caddy can hand over (CHIMNEY_HOLDS)",
                        meaning: "Each client that waits holds a worker; beyond a quarter of them they are refused.",
                        remedy: snippet))
            }
            if variables["CHIMNEY_REQUEST_TIME_MS"].text == nil {
                findings.append(
                    Finding(
                        .warning,
                        "on the site \(name), workers are not told when a request came (CHIMNEY_REQUEST_TIME_MS)",
                        meaning:
                            "How long requests wait is not measured, and those that have waited too long are answered still.",
                        remedy: snippet))
            }
            if let limit = proxy["transport"]["read_timeout"].number, limit > 0, limit < 60e9 {
                findings.append(
                    Finding(
                        .warning,
                        "on the site \(name), read_timeout is \(Int(limit / 1e9)) s, less than the pool's own 60 s",
                        meaning: "Caddy gives up requests that are still worked on.",
                        remedy: "put read_timeout 75s into the transport: \(snippet)"))
            }
        }
        return findings.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    /// What it dials that is none of chimney's sockets.
    var dialFindings: [Finding] {
        var strange: [String] = []
        for proxy in routes(to: sockets) {
            for dial in sockets.dialled(proxy) where dial != sockets.worker && dial != sockets.streamer {
                if !strange.contains(dial) { strange.append(dial) }
            }
        }
        return strange.map { dial in
            Finding(
                .fault, "on the site \(name), Caddy hands requests to \(dial), which is neither of chimney's sockets",
                meaning: "Requests are answered with 502, or by another pool.",
                remedy:
                    "set CHIMNEY_SOCKET and CHIMNEY_STREAM_SOCKET in Caddy's environment (systemctl edit caddy.service) to "
                    + "\(Self.path(sockets.worker)) and \(Self.path(sockets.streamer)), or name the right sockets by --socket and "
                    + "--stream-socket")
        }
    }

    private static func path(_ dial: String) -> Substring { dial.hasPrefix("unix/") ? dial.dropFirst(5) : dial[...] }

    /// The directory of the dashboard's files; nil where the site has none at its root.
    var dashboard: String? {
        for arrival in arrivals("GET", "/") {
            if case .file(let root?) = arrival.outcome { return root }
        }
        return nil
    }
}
