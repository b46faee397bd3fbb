extension Compose {
    /// Reads `compose`.
    ///
    /// - Parameter hasService: whether it names the service; the slots do so otherwise, and it is left empty.
    static func read(_ section: inout FileSection, hasService: Bool) -> Compose {
        if !section.has("compose") { section.reject("compose", "is missing: an object with the compose file") }
        let compose = section.section("compose") { section in
            let file = section.requiredText("file", .path)
            let project = section.text("project", .project)
            var service = ""
            if hasService {
                service = section.requiredText("service", .composeService)
            } else {
                section.pass(["service"], rule: "does not belong to strategy blue-green, whose slots have one each")
            }
            return Compose(file: file, project: project, service: service)
        }
        return compose ?? Compose(file: "", project: nil, service: "")
    }
}

extension BlueGreen {
    /// Reads the members of a service with two slots.
    init(_ section: inout FileSection) {
        let compose = Compose.read(&section, hasService: false)
        if !section.has("slots") { section.reject("slots", "is missing: an object with blue and green") }
        let sides = section.section("slots") { section in
            let sides = Slot.allCases.map { Side(&section, $0, compose) }
            for (member, values) in [("service", sides.map(\.compose.service)), ("upstream", sides.map(\.upstream))]
            where !values[0].isEmpty && values[0] == values[1] {
                section.reject("green", "has to have another \(member) than blue")
            }
            return sides
        }
        let nothing = Side(compose: compose, upstream: "")
        blue = sides?[0] ?? nothing
        green = sides?[1] ?? nothing
        if !section.has("caddy") { section.reject("caddy", "is missing: an object with the upstream_file") }
        caddy =
            section.section("caddy") { CaddySwitch(&$0) }
            ?? CaddySwitch(upstreamFile: "", config: "", admin: "", checkURL: nil)
        drain = section.number(.drain) ?? 0
    }
}

extension BlueGreen.Side {
    fileprivate init(_ slots: inout FileSection, _ slot: BlueGreen.Slot, _ compose: Compose) {
        if !slots.has(slot.rawValue) {
            slots.reject(slot.rawValue, "is missing: an object with service and upstream")
        }
        let side = slots.section(slot.rawValue) { section in
            (section.requiredText("service", .composeService), section.requiredText("upstream", .upstream))
        }
        self.compose = Compose(file: compose.file, project: compose.project, service: side?.0 ?? "")
        upstream = side?.1 ?? ""
    }
}

extension CaddySwitch {
    /// What holds where the file is silent: where Debian's package has the Caddyfile, and where Caddy listens.
    private static let standard = (config: "/etc/caddy/Caddyfile", admin: "http://127.0.0.1:2019")

    fileprivate init(_ section: inout FileSection) {
        upstreamFile = section.requiredText("upstream_file", .path)
        config = section.text("config", .path) ?? Self.standard.config
        admin = section.text("admin", .admin) ?? Self.standard.admin
        environmentFile = section.text("environment_file", .path)
        checkURL = section.text("check_url", .url)
        if upstreamFile == config, !config.isEmpty {
            section.reject("upstream_file", "has to be another file than config, which imports it")
        }
    }
}
