import Essentials

/// docker, as far as deployments need it: docker's own program, by argument lists, each with a time limit.
///
/// All of it throws `CommandFailure`, with what docker printed last, and what `Commands` throws.
struct Docker {
    /// Lines of a container's log that are shown.
    static let logLines = 50

    /// What runs docker.
    let commands: Commands
    /// How long what may take.
    let limits: Limits
    /// Where the file is written that pins an image: the runner's state directory.
    let directory: String
    /// Variables for docker and its compose files, `IMAGE_TAG` among them.
    let environment: [String: String]
    /// Called with each line that docker prints while it changes something.
    let onLine: (String) -> Void

    /// docker.
    ///
    /// - Parameters:
    ///   - directory: the runner's state directory.
    ///   - tag: what `IMAGE_TAG` is for compose files that use it.
    ///   - onLine: called with each line that docker prints while it changes something.
    ///   - environment: further variables.
    init(
        commands: Commands, limits: Limits, directory: String, tag: String, onLine: @escaping (String) -> Void,
        environment: [String: String] = [:]
    ) {
        self.commands = commands
        self.limits = limits
        self.directory = directory
        self.environment = environment.merging(["IMAGE_TAG": tag]) { $1 }
        self.onLine = onLine
    }

    // MARK: Images

    /// Pulls an image.
    ///
    /// - Parameter image: `ghcr.io/acme/app:<tag>`, or `ghcr.io/acme/app@sha256:<digest>`.
    /// - Throws: `CommandFailure`; its `isTimeout` tells whether the pull took longer than it may.
    func pull(_ image: String) throws {
        try commands.succeed(
            "docker pull", "docker", ["pull", image], environment: environment, seconds: limits.pull, onLine: onLine)
    }

    /// The digest that a registry knows a local image by.
    ///
    /// - Parameters:
    ///   - image: a name with a tag or digest, or an image id.
    ///   - name: the name whose digest is meant: an image may have come from several registries.
    /// - Returns: `sha256:<64 hexadecimal digits>`; nil if the image is not here, or did not come from there.
    func digest(of image: String, name: String) throws -> String? {
        let command = "docker image inspect"
        let format = ["image", "inspect", "--format", "{{json .RepoDigests}}", image]
        guard let output = try inspect(command, format, missing: "no such image") else { return nil }
        var digests: [String] = []
        try Self.read(output, of: command) { json throws(JSONReader.Fault) in
            // Where an image has none, some versions have null.
            guard try json.kind == .array else { return try json.null() }
            try json.array { json throws(JSONReader.Fault) in digests.append(try json.string()) }
        }
        let prefix = "\(Self.familiar(name))@"
        return digests.lazy.filter { Self.familiar($0).hasPrefix(prefix) }.compactMap { text in
            text.split(separator: "@").last.map(String.init)
        }.first { $0.hasPrefix("sha256:") && $0.utf8.count == 71 }
    }

    /// A name as docker shows it: without what names of Docker Hub may begin with.
    private static func familiar(_ name: String) -> String {
        for prefix in ["docker.io/library/", "index.docker.io/library/", "docker.io/", "index.docker.io/"]
        where name.hasPrefix(prefix) {
            return String(name.dropFirst(prefix.count))
        }
        return name
    }

    // MARK: Reading

    /// Runs a command that tells of something that may not be there.
    ///
    /// - Parameter missing: what docker says then, in lower case.
    /// - Returns: what it printed; nil if the thing is not there.
    func inspect(
        _ name: String, _ arguments: [String], missing: String, seconds: Int? = nil
    ) throws -> [UInt8]? {
        do {
            return try commands.succeed(
                name, "docker", arguments, environment: environment, seconds: seconds ?? limits.command)
        } catch let failure as CommandFailure {
            guard case .exited = failure.kind, failure.lines.contains(where: { $0.lowercased().contains(missing) })
            else { throw failure }
            return nil
        }
    }

    /// Reads what a command has printed, which is one JSON value.
    static func read(
        _ output: [UInt8], of command: String, _ body: (inout JSONReader) throws(JSONReader.Fault) -> Void
    ) throws(CommandFailure) {
        do {
            var reader = JSONReader(output)
            try body(&reader)
            try reader.end()
        } catch {
            throw CommandFailure(command, .unreadable("byte \(error.offset) breaks a rule"))
        }
    }
}
