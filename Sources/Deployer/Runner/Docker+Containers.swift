import Essentials

/// What docker says of a container.
struct ContainerState: Equatable, Sendable {
    /// The states of a container (`docker container inspect`, `State.Status`).
    enum Status: String, Sendable {
        case created, running, paused, restarting, removing, exited, dead
    }

    /// What a container's own health check says (`State.Health.Status`).
    enum Health: String, Sendable {
        case starting, healthy, unhealthy
    }

    /// The id of its image: `sha256:<64 hexadecimal digits>`.
    var image: String
    /// Its state.
    var status: Status
    /// What its health check says; nil if it has none.
    var health: Health?
    /// The status that it exited with; 0 while it runs.
    var exitCode: Int
    /// Why it could not be started or was killed, or what its last health check printed; empty if there is nothing.
    var lastWords: String

    /// Whether it has ended for good.
    var isOver: Bool { [.exited, .dead, .removing].contains(status) }
}

/// Containers.
extension Docker {
    /// The state of a container.
    ///
    /// - Parameters:
    ///   - container: its id.
    ///   - seconds: how long docker may take to tell; nil for the usual limit.
    /// - Returns: nil if there is no such container.
    func state(of container: String, seconds: Int? = nil) throws -> ContainerState? {
        let command = "docker container inspect"
        let format = #"{"image":{{json .Image}},"state":{{json .State}}}"#
        guard
            let output = try inspect(
                command, ["container", "inspect", "--format", format, container], missing: "no such container",
                seconds: seconds)
        else { return nil }
        var state = ContainerState(image: "", status: .created, exitCode: 0, lastWords: "")
        var status = ""
        try Self.read(output, of: command) { json throws(JSONReader.Fault) in
            try json.object { json, name throws(JSONReader.Fault) in
                switch name {
                case "image": state.image = try json.string()
                case "state": status = try state.read(&json)
                default: try json.skip()
                }
            }
        }
        guard let known = ContainerState.Status(rawValue: status) else {
            throw CommandFailure(command, .unreadable("State.Status is none that docker has"))
        }
        state.status = known
        return state
    }

    /// The last lines of a container's log, of both streams, at most `logLines`.
    func log(of container: String) throws -> [String] {
        var lines: [String] = []
        try commands.succeed(
            "docker logs", "docker", ["logs", "--tail", String(Self.logLines), container], environment: environment,
            seconds: limits.command
        ) { line in
            lines.append(line)
            if lines.count > Self.logLines { lines.removeFirst() }
        }
        return lines
    }
}

extension ContainerState {
    /// Reads `State`, and returns its `Status`.
    fileprivate mutating func read(_ json: inout JSONReader) throws(JSONReader.Fault) -> String {
        var status = ""
        var reason: String?
        try json.object { json, name throws(JSONReader.Fault) in
            switch name {
            case "Status": status = try json.string()
            case "ExitCode":
                if case .integer(let code) = try json.number() { exitCode = Int(code) }
            case "Error":
                let error = try json.string()
                if !error.isEmpty { reason = Self.shown(error) }
            case "OOMKilled":
                if try json.bool() { reason = "it was out of memory" }
            case "Health" where try json.kind == .object: try readHealth(&json)
            default: try json.skip()
            }
        }
        if let reason { lastWords = reason }
        return status
    }

    private mutating func readHealth(_ json: inout JSONReader) throws(JSONReader.Fault) {
        try json.object { json, name throws(JSONReader.Fault) in
            switch name {
            // "none" stands for a container without a health check.
            case "Status": health = Health(rawValue: try json.string())
            case "Log" where try json.kind == .array:
                try json.array { json throws(JSONReader.Fault) in
                    try json.object { json, name throws(JSONReader.Fault) in
                        guard name == "Output" else { return try json.skip() }
                        lastWords = Self.shown(try json.string())
                    }
                }
            default: try json.skip()
            }
        }
    }

    /// The first line of a text, as it can be shown.
    private static func shown(_ text: String) -> String {
        var lines = OutputLines()
        return (lines.append(Array(text.utf8)[...]) + lines.finish()).first ?? ""
    }
}
