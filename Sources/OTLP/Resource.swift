import Essentials

/// What produces telemetry: the service and its host.
public struct Resource: Sendable {
    private let attributes: [(name: String, value: String)]
    /// The name of this host.
    public let host: String
    let version: String

    /// Reads `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` as OpenTelemetry's resource SDK specifies them. The
    /// name of the service comes from the first, else from the second, else it is `chimney`; what the second says of
    /// `host.name` and `service.version` counts, too.
    ///
    /// - Parameters:
    ///   - version: chimney's own version.
    ///   - host: the name of this host.
    public init(_ settings: inout Settings, version: String, host: String) {
        let given = settings.value(
            "OTEL_RESOURCE_ATTRIBUTES", default: [],
            remedy: "is not a list such as deployment.environment.name=production,team=web; percent-encode what is not"
                + " letters or digits in the values",
            parse: { NameValueList.parse($0) })
        func last(_ name: String) -> String? { given.last { $0.name == name }?.value }
        let own = ["service.name", "service.version", "host.name"]
        self.version = version
        self.host = last("host.name") ?? host
        var attributes = [
            ("service.name", settings.string("OTEL_SERVICE_NAME") ?? last("service.name") ?? "chimney"),
            ("service.version", last("service.version") ?? version),
        ]
        for (index, pair) in given.enumerated() where !own.contains(pair.name) {
            if !given[(index + 1)...].contains(where: { $0.name == pair.name }) { attributes.append(pair) }
        }
        self.attributes = attributes
    }

    /// The message for telemetry of a host, nil for this one.
    func message(host other: String? = nil) -> ResourceMessage {
        var message = messageOfAllHosts
        message.attributes.append(KeyValue("host.name", other ?? host))
        return message
    }

    /// The message for what belongs to no host: counts of all of them. With the name of the host that happens to export
    /// them, a change of that host would begin them anew.
    var messageOfAllHosts: ResourceMessage {
        var message = ResourceMessage()
        message.attributes = attributes.map { KeyValue($0.name, $0.value) }
        return message
    }

    /// The scope of everything that chimney reports.
    var scope: Scope {
        var scope = Scope()
        scope.name = "chimney"
        scope.version = version
        return scope
    }
}
