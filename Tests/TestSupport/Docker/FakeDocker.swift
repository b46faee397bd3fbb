import Crypto
import Foundation

/// A docker of its own for a test: a registry, local images and containers in files, and a program `docker` that works
/// on them and understands exactly what chimney's runner asks of it (`Tests/TestSupport/Docker/docker`).
///
/// A version is a tag that was published; how its containers behave is said with `behave`. A compose service with a
/// port gets a real HTTP server, which answers `/health` by the container's health, `/slow` after a second, and any
/// other path with its version. All that runs ends with this object.
public final class FakeDocker: @unchecked Sendable {
    let directory: TemporaryDirectory

    /// Makes a docker with nothing in it.
    ///
    /// - Throws: `TestSupportError` without a Python.
    public init() throws {
        directory = try TemporaryDirectory()
        try FileManager.default.createDirectory(atPath: directory.file("bin"), withIntermediateDirectories: true)
        // The interpreter itself: a wrapper of it would be looked up in the PATH that the program gets. Written by
        // another process: a program that is started here meanwhile would have the file open, which then cannot be run.
        let copy = try FinishedProcess(
            "sh",
            ["-c", ##"{ echo "#!$1 -IS"; tail -n +2 "$2"; } > "$3" && chmod 755 "$3""##, "sh"]
                + [
                    try Self.python.get(), Package.path("Tests/TestSupport/Docker/docker"),
                    directory.file("bin/docker"),
                ])
        guard copy.end == .exited(0) else { throw TestSupportError("No docker can be made: \(copy.errors)") }
        try JSONEncoder().encode(DockerState(owner: getpid())).write(
            to: URL(fileURLWithPath: directory.file("state.json")))
    }

    private static let python = Result {
        let found = try FinishedProcess("python3", ["-c", "import sys; print(sys.executable, end='')"])
        guard found.end == .exited(0) else { throw TestSupportError("python3 does not work: \(found.errors)") }
        return found.output
    }

    /// What PATH has to be for its `docker` to be found before any other.
    public var path: String {
        "\(directory.file("bin")):\(ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")"
    }

    /// A place for files of the test, such as the runner's state directory. Goes with this object.
    public func file(_ name: String) -> String { directory.file(name) }

    /// Ends everything that runs: containers, and commands that hang.
    public func stop() {
        for container in (try? containers) ?? [] where container.process > 0 {
            end(pid_t(container.process), called: container.id)
        }
        for command in (try? commands) ?? [] where command.status == nil {
            end(pid_t(command.process), called: directory.file("bin/docker"))
        }
    }

    deinit { stop() }

    /// Ends a process, unless its number is somebody else's by now.
    private func end(_ process: pid_t, called name: String) {
        let line = (try? Data(contentsOf: URL(fileURLWithPath: "/proc/\(process)/cmdline"))) ?? Data()
        if String(decoding: line, as: UTF8.self).contains(name) { kill(process, SIGKILL) }
    }

    // MARK: What there is

    /// Publishes a version: the registry has it from now on.
    ///
    /// - Returns: its digest, `sha256:…`.
    @discardableResult
    public func publish(_ name: String, tag: String) throws -> String {
        let digest = "sha256:" + Self.digits("\(name):\(tag) manifest")
        try change { state in
            state.registry.append(
                .init(
                    version: tag, tag: "\(name):\(tag)", digest: "\(name)@\(digest)",
                    image: "sha256:" + Self.digits("\(name):\(tag) image")))
        }
        return digest
    }

    private static func digits(_ text: String) -> String {
        SHA256.hash(data: Data(text.utf8)).map { String(format: "%02x", $0) }.joined()
    }

    /// Publishes another image by the tag of a version, which can be had by its digest only from now on.
    ///
    /// - Parameter version: what the other image is called from now on.
    /// - Returns: the other image's digest.
    @discardableResult
    public func moveTag(of tag: String, to version: String) throws -> String {
        try change { state in
            guard let index = state.registry.firstIndex(where: { $0.version == tag }) else {
                throw TestSupportError("There is no version \(tag).")
            }
            let full = state.registry[index].tag
            state.registry[index].tag = ""
            let digest = "sha256:" + Self.digits("\(full) \(version) manifest")
            state.registry.append(
                .init(
                    version: version, tag: full, digest: "\(full.dropLast(tag.utf8.count + 1))@\(digest)",
                    image: "sha256:" + Self.digits("\(full) \(version) image")))
            return digest
        }
    }

    /// Takes a version out of the registry; what was pulled stays.
    public func unpublish(tag: String) throws {
        try change { state in state.registry.removeAll { $0.version == tag } }
    }

    /// Has a published image here, without a pull.
    ///
    /// - Returns: its id.
    @discardableResult
    public func load(tag: String) throws -> String {
        try change { state in
            guard let published = state.registry.first(where: { $0.version == tag }) else {
                throw TestSupportError("There is no version \(tag).")
            }
            if !state.images.contains(where: { $0.id == published.image }) {
                state.images.append(
                    .init(id: published.image, version: tag, digests: [published.digest], tags: [published.tag]))
            }
            return published.image
        }
    }

    /// Has an image here that came from somewhere else.
    ///
    /// - Parameter digests: the names with digests that it is known by.
    /// - Returns: its id.
    @discardableResult
    public func load(digests: [String]) throws -> String {
        try change { state in
            let id = "sha256:" + Self.digits("image \(state.images.count)")
            state.images.append(.init(id: id, version: "foreign", digests: digests, tags: []))
            return id
        }
    }

    /// Removes a local image, as `docker image prune` does.
    public func prune(tag: String) throws {
        try change { state in state.images.removeAll { $0.version == tag } }
    }

    /// The versions whose images are here.
    public var images: [String] { get throws { try state.images.map(\.version) } }

    /// Writes a compose file.
    ///
    /// - Parameters:
    ///   - image: the name of the image of all services; the tag comes from `IMAGE_TAG`.
    ///   - services: the services with their ports on 127.0.0.1; nil for one that has none.
    ///   - healthCheck: whether their containers have a health check of their own.
    /// - Returns: the file's path. The project is called after its directory unless the caller says otherwise.
    public func composeFile(
        _ name: String = "project", image: String, services: [String: UInt16?], healthCheck: Bool = true
    ) throws -> String {
        let described = services.mapValues { port in
            var service: [String: Any] = ["image": "\(image):${IMAGE_TAG}"]
            if let port { service["ports"] = ["127.0.0.1:\(port):8080"] }
            if healthCheck { service["healthcheck"] = ["test": ["CMD", "true"]] }
            return service
        }
        let folder = directory.file(name)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let text = try JSONSerialization.data(withJSONObject: ["services": described], options: [.sortedKeys])
        try text.write(to: URL(fileURLWithPath: "\(folder)/compose.json"))
        return "\(folder)/compose.json"
    }

    /// Has a service of a compose file run with a published version, by the same commands as an operator's.
    ///
    /// - Returns: the container's id.
    @discardableResult
    public func run(_ file: String, project: String? = nil, service: String, tag: String) throws -> String {
        try load(tag: tag)
        let folder = URL(fileURLWithPath: file).deletingLastPathComponent().path
        let options = project.map { ["--project-name", $0] } ?? []
        let end = try FinishedProcess(
            directory.file("bin/docker"),
            ["compose"] + options + ["--project-directory", folder, "--file", file]
                + ["up", "--detach", "--no-deps", "--no-build", "--pull", "never", service],
            environment: ["IMAGE_TAG": tag])
        let found = try containers.last { $0.service == service && $0.version == tag }
        guard end.end == .exited(0), let found else {
            throw TestSupportError("\(service) does not start: \(end.errors)")
        }
        return found.id
    }

    /// All containers, in the order in which they were made.
    public var containers: [DockerState.Container] { get throws { try state.containers } }

    /// The versions that run as a service.
    public func running(_ service: String) throws -> [String] {
        try containers.filter { $0.service == service && $0.status == "running" }.map(\.version)
    }

    /// Changes a container: ends it, for example, behind the runner's back.
    public func change(container id: String, _ body: (inout DockerState.Container) -> Void) throws {
        try change { state in
            guard let index = state.containers.firstIndex(where: { $0.id == id }) else {
                throw TestSupportError("There is no container \(id).")
            }
            body(&state.containers[index])
        }
    }

    /// Removes a container with what runs in it.
    public func remove(container id: String) throws {
        try change { state in
            for container in state.containers where container.id == id && container.process > 0 {
                end(pid_t(container.process), called: id)
            }
            state.containers.removeAll { $0.id == id }
        }
    }

    // MARK: How it behaves

    /// Has a version behave like this, besides what was said of it before.
    ///
    /// - Parameter version: its tag; nil for all versions.
    public func behave(_ behaviour: DockerBehaviour, version: String? = nil) throws {
        try change { $0.behaviours.append(behaviour.entry(version ?? "*")) }
    }

    /// Has all versions behave well.
    public func behaveWell() throws { try change { $0.behaviours = [] } }

    /// What containers of a version log from their start on. Lines with `ERROR` go to standard error.
    public func log(_ lines: [String], version: String) throws { try change { $0.logs[version] = lines } }

    // MARK: The state

    /// All that there is.
    public var state: DockerState { get throws { try change { $0 } } }

    /// Changes what there is, while no command does.
    @discardableResult
    public func change<Result>(_ body: (inout DockerState) throws -> Result) throws -> Result {
        let lock = open(directory.file("state.lock"), O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        defer { close(lock) }
        guard lock >= 0, flock(lock, LOCK_EX) == 0 else { throw TestSupportError("The state cannot be locked.") }
        let file = URL(fileURLWithPath: directory.file("state.json"))
        let old = try JSONDecoder().decode(DockerState.self, from: Data(contentsOf: file))
        var state = old
        let result = try body(&state)
        if state != old { try JSONEncoder().encode(state).write(to: file, options: .atomic) }
        return result
    }
}
