import Essentials

/// Services of compose projects.
extension Docker {
    /// The ids of all containers of a service, those that have ended as well, in no order.
    func containers(of service: Compose) throws -> [String] {
        let output = try compose(service, ["ps", "--all", "--quiet", service.service], onLine: { _ in })
        return String(decoding: output, as: UTF8.self).split(whereSeparator: \.isNewline).map(String.init)
    }

    /// Stops a service; its containers stay. Nothing is wrong if there are none.
    func stop(_ service: Compose) throws {
        try compose(service, ["stop", service.service])
    }

    /// Starts a service with an image that is here already, and none of the services that it depends on. A container
    /// with another image is replaced.
    ///
    /// - Parameter image: the image and no later one of its name: `ghcr.io/acme/app@sha256:<digest>`, or an image id.
    /// - Throws: `FileReplacement.Failure` if the file that pins the image cannot be written.
    func start(_ service: Compose, image: String) throws {
        let pin = "\(directory)/image.json"
        let text = JSONWriter.object { json in
            json.key("services")
            json.object { json in
                json.key(service.service)
                json.object { json in json.member("image", image) }
            }
        }
        try FileReplacement.write(text, to: pin, mode: 0o600)
        let arguments = ["up", "--detach", "--no-deps", "--no-build", "--pull", "never", service.service]
        try compose(service, arguments, files: [pin])
    }

    /// Removes the containers of a service that have ended; those that run stay.
    func removeStopped(_ service: Compose) throws {
        try compose(service, ["rm", "--force", service.service])
    }

    @discardableResult
    private func compose(
        _ service: Compose, _ arguments: [String], files: [String] = [], onLine: ((String) -> Void)? = nil
    ) throws -> [UInt8] {
        let end = service.file.lastIndex(of: "/") ?? service.file.startIndex
        let project = service.project.map { ["--project-name", $0] } ?? []
        let place = ["--project-directory", end == service.file.startIndex ? "/" : String(service.file[..<end])]
        let named = ([service.file] + files).flatMap { ["--file", $0] }
        return try commands.succeed(
            "docker compose \(arguments[0])", "docker", ["compose"] + project + place + named + arguments,
            environment: environment, seconds: limits.command, onLine: onLine ?? self.onLine)
    }
}
