extension Service {
    /// The names of the strategies, as the services file has them.
    static let strategies = ["swap", "blue-green", "script"]
    /// How many hosts a list of the services file may name.
    static let hostLimit = 64

    /// Reads what the services file says of a service.
    init(_ name: String, _ section: inout FileSection) {
        self.name = name
        if !section.has("hosts") { section.reject("hosts", "is missing: a list of host names") }
        hosts = section.texts("hosts", .host, count: 1...Self.hostLimit) ?? []
        let strategy = section.requiredText("strategy", .choice(of: Self.strategies))
        let isScript = strategy == "script"
        // Of a service that a script deploys it is only what clients may call its image.
        image =
            isScript && ImageName(name) != nil
            ? section.text("image", .image) ?? name : section.requiredText("image", .image)
        let container = section.text("container", .container)
        let organisation = section.text("organisation", .organisation)
        let read = Strategy.read(strategy, &section)
        self.strategy = read
        containers = container.map { [$0] } ?? read.composeServices ?? [name]
        self.organisation = organisation
        var health = Health.standard
        var healthHosts: [String] = []
        if isScript {
            section.pass(
                ["health", "health_hosts"], rule: "does not belong to strategy script, which sees to it itself")
        } else {
            health = section.section("health") { Health(&$0, upstreams: read.upstreams) } ?? health
            healthHosts = Self.healthHosts(&section, health, upstreams: read.upstreams)
        }
        self.health = health
        self.healthHosts = healthHosts
        limits = section.section("limits") { Limits(&$0, isScript: isScript) } ?? .standard
    }

    /// The hosts that probes may ask: by default, those of the health URL.
    private static func healthHosts(_ section: inout FileSection, _ health: Health, upstreams: [String]) -> [String] {
        var own: [String] = []
        if case .http(let url) = health.probe { own = ProbeURL.every(url, upstreams: upstreams).map(\.host) }
        let listed = section.texts("health_hosts", .urlHost, count: 0...hostLimit)?.map { $0.lowercased() }
        guard let listed else { return own.reduce(into: []) { if !$0.contains($1) { $0.append($1) } } }
        for host in own where !listed.contains(host) {
            section.reject("health_hosts", "has to name \(host), the host of the health URL, or be left out")
        }
        return listed
    }
}

extension Service.Strategy {
    /// The members that belong to one strategy only, or to two.
    private static let members = [
        "swap": ["compose"], "blue-green": ["compose", "slots", "caddy", "drain_s"], "script": ["script"],
    ]

    /// Reads the members that belong to a strategy, and refuses those that belong to another.
    fileprivate static func read(_ name: String, _ section: inout FileSection) -> Self {
        let all = ["compose", "slots", "caddy", "drain_s", "script"]
        let strategy: Self
        switch name {
        case "swap":
            strategy = .swap(Compose.read(&section, hasService: true))
        case "blue-green":
            strategy = .blueGreen(BlueGreen(&section))
        case "script":
            if !section.has("script") { section.reject("script", "is missing: \(TextRule.path.description)") }
            strategy = .script(path: section.text("script", .path) ?? "")
        default:
            // Which of them belong here nobody can say.
            section.pass(all, rule: nil)
            return .script(path: "")
        }
        section.pass(
            all.filter { members[name]?.contains($0) != true }, rule: "does not belong to strategy \(name)")
        return strategy
    }

    /// The services of the compose project that it deploys; nil where there is none.
    fileprivate var composeServices: [String]? {
        switch self {
        case .swap(let compose): [compose.service]
        case .blueGreen(let pair): [pair.blue.compose.service, pair.green.compose.service]
        case .script: nil
        }
    }

    /// The addresses that `{upstream}` stands for; none where it stands for nothing.
    var upstreams: [String] {
        guard case .blueGreen(let pair) = self else { return [] }
        return [pair.blue.upstream, pair.green.upstream]
    }
}

extension Limits {
    /// What holds where the file is silent.
    static let standard = Limits(
        pull: Term.pull.standard, command: Term.command.standard, script: Term.script.standard)

    fileprivate init(_ section: inout FileSection, isScript: Bool) {
        if isScript {
            self.init(
                pull: Term.pull.standard, command: Term.command.standard, script: section.number(.script) ?? 0)
            section.pass([Term.pull.name, Term.command.name], rule: "does not belong to strategy script")
        } else {
            self.init(
                pull: section.number(.pull) ?? 0, command: section.number(.command) ?? 0, script: Term.script.standard)
            section.pass([Term.script.name], rule: "belongs to strategy script only")
        }
    }
}
