import ArgumentParser
import Doctor
import Essentials
import Glibc

/// The settings of an installation as its service sees them, for commands that are called from a shell.
struct InstalledSettings: ParsableArguments {
    @Option(
        help: """
            A file of settings, NAME=value lines as systemd reads them. (default: /etc/chimney/chimney.env if there is one)
            """)
    var envFile: String?

    @Option(
        help: """
            A directory of secrets, as the service loads it: a file for each, by the setting's name in small letters. \
            (default: /etc/chimney/secrets without --env-file)
            """)
    var secrets: String?

    private static let defaultFile = "/etc/chimney/chimney.env"
    private static let defaultSecrets = "/etc/chimney/secrets"
    /// Bytes that a file of settings may have.
    private static let fileLimit = 1 << 20

    /// Reads them: the variables of the running service, else the caller's, over both the file, and for what is in neither the
    /// secrets.
    ///
    /// - Parameter command: who asks.
    /// - Returns: all variables, the file with its own, and the files of secrets by the settings that they are.
    /// - Throws: `ValidationError` if there is no such file; `ExitCode` 77, after telling, if it cannot be read.
    func read(
        for command: String
    ) throws -> (variables: [String: String], file: SettingsFile?, secrets: [String: String]) {
        let file = try settingsFile(for: command)
        var variables = Settings.processVariables
        if envFile == nil, let running = RunningService.variables { variables.merge(running) { $1 } }
        variables.merge(file?.variables ?? [:]) { $1 }
        let secrets = secretFiles()
        // The credentials of the running service are copies of them, as they were at its start.
        if !secrets.isEmpty { variables["CREDENTIALS_DIRECTORY"] = nil }
        for (name, path) in secrets where variables[name, default: ""].isEmpty {
            if variables[name + "_FILE", default: ""].isEmpty { variables[name + "_FILE"] = path }
        }
        return (variables, file, secrets)
    }

    /// The files of secrets by the settings that they are: of `deploy_token` it is `DEPLOY_TOKEN`.
    private func secretFiles() -> [String: String] {
        guard let path = secrets ?? (envFile == nil ? Self.defaultSecrets : nil), let directory = opendir(path) else {
            return [:]
        }
        defer { closedir(directory) }
        var files: [String: String] = [:]
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { files[name.uppercased()] = "\(path)/\(name)" }
        }
        return files
    }

    /// The file of settings; nil if none was named and there is none at its usual place.
    private func settingsFile(for command: String) throws -> SettingsFile? {
        let path = envFile ?? Self.defaultFile
        guard envFile != nil || access(path, F_OK) == 0 else { return nil }
        guard let text = Self.contents(of: path) else {
            guard envFile == nil || access(path, F_OK) == 0 else {
                throw ValidationError("--env-file: there is no \(path).")
            }
            Console.error("\(path) cannot be read: run \(command) as root, or name another file by --env-file")
            throw ExitCode(77)
        }
        return SettingsFile(path: path, variables: EnvironmentFile.variables(in: text))
    }

    private static func contents(of path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while bytes.count < fileLimit {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            guard count >= 0 else { return nil }
            if count == 0 { break }
            bytes += chunk[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
