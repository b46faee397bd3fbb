import Glibc

/// A request to be sent on its way through Caddy's routes, in thought.
struct CaddyRequest: Equatable {
    var method = "GET"
    var scheme = "https"
    var host: String
    var path: String
}

/// Whether a request fits, where that can be told.
enum Fit: Equatable {
    case yes
    case no
    /// It depends on what is not known here, such as the client's address.
    case unknown

    static func of(_ condition: Bool) -> Fit { condition ? .yes : .no }

    /// Whether all fit.
    static func all(_ fits: [Fit]) -> Fit { fits.contains(.no) ? .no : fits.contains(.unknown) ? .unknown : .yes }

    /// Whether any fits.
    static func any(_ fits: [Fit]) -> Fit { fits.contains(.yes) ? .yes : fits.contains(.unknown) ? .unknown : .no }

    var opposite: Fit { self == .yes ? .no : self == .no ? .yes : .unknown }
}

/// Caddy's request matchers (https://caddyserver.com/docs/json/apps/http/servers/routes/match/), as far as they can be told
/// from a request that has no header fields and no query.
enum CaddyMatcher {
    /// Whether a request fits one of several sets of matchers; without any it does.
    static func fit(_ sets: JSONValue, _ request: CaddyRequest) -> Fit {
        guard !sets.elements.isEmpty else { return .yes }
        return .any(
            sets.elements.map { set in .all(set.members.map { fit($0.key, $0.value, request) }) })
    }

    private static func fit(_ name: String, _ value: JSONValue, _ request: CaddyRequest) -> Fit {
        switch name {
        case "path": .of(value.texts.contains { isPath(request.path, like: $0) })
        case "host": .of(value.texts.contains { isHost(request.host, like: $0) })
        case "method": .of(value.texts.contains(request.method))
        case "protocol": .of(value.text == request.scheme)
        case "not": .all(value.elements.map { fit(.array([$0]), request).opposite })
        case "query": .of(value.members.isEmpty)
        // A field that has to be absent is null.
        case "header": .of(value.members.allSatisfy { $0.value == .null })
        case "header_regexp": .no
        case "path_regexp": expression(value["pattern"].text, fits: request.path)
        case "vars_regexp":
            .all(
                value.members.map { name, rule in
                    if name.hasPrefix("{http.request.header.") { return expression(rule["pattern"].text, fits: "") }
                    return name == "{http.request.uri.path}"
                        ? expression(rule["pattern"].text, fits: request.path) : .unknown
                })
        default: .unknown
        }
    }

    /// Paths without case; `*` at an end stands for anything, elsewhere for anything but a slash.
    static func isPath(_ path: String, like pattern: String) -> Bool {
        let path = path.lowercased()
        let pattern = pattern.lowercased()
        if pattern == "*" { return true }
        let inner = pattern.dropFirst().dropLast()
        if pattern.count > 2, pattern.hasPrefix("*"), pattern.hasSuffix("*"), !inner.contains("*") {
            return path.contains(inner)
        }
        if pattern.hasPrefix("*"), !pattern.dropFirst().contains("*") { return path.hasSuffix(pattern.dropFirst()) }
        if pattern.hasSuffix("*"), !pattern.dropLast().contains("*") { return path.hasPrefix(pattern.dropLast()) }
        return fnmatch(pattern, path, FNM_PATHNAME) == 0
    }

    /// Names of hosts; `*` stands for one label.
    static func isHost(_ host: String, like pattern: String) -> Bool {
        let labels = host.lowercased().split(separator: ".")
        let wanted = pattern.lowercased().split(separator: ".")
        return labels.count == wanted.count && zip(labels, wanted).allSatisfy { $1 == "*" || $0 == $1 }
    }

    /// Whether a text has what an expression describes, where that means the same in Go and in POSIX (regcomp(3)).
    private static func expression(_ pattern: String?, fits text: String) -> Fit {
        guard let pattern, !pattern.contains("\\"), !pattern.contains("(?"), !pattern.contains("*?") else {
            return .unknown
        }
        var compiled = regex_t()
        guard regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB) == 0 else { return .unknown }
        defer { regfree(&compiled) }
        return .of(regexec(&compiled, text, 0, nil, 0) == 0)
    }
}
