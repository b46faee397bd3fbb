import ArgumentParser
import Doctor
import Essentials
import Glibc

/// The settings of an installation as its service sees them, for commands that are called from a shell.
struct InstalledSettings: ParsableArguments {
    @Option(
        help: """
            A file of settings, NAME=value lines as systemd reads them; of several, later ones come before earlier ones. \
            (default: /etc/chimney/chimney.env, and that of the instance that runs, such as /etc/chimney/chimney@blue.env; \
            each if there is one)
            """)
    var envFile: [String] = []

    @Option(
        help: """
            A directory of secrets, as the service loads it: a file for each, by the setting's name in small letters. \
            (default: /etc/chimney/secrets without --env-file)
            """)
    var secrets: String?

    private static let directory = "/etc/chimney"
    private static let defaultSecrets = directory + "/secrets"
    /// Bytes that a file of settings may have.
    private static let fileLimit = 1 << 20

    /// Reads them: the variables of the running service, else the caller's, over both the files, and for what is in neither the
    /// secrets.
    ///
    /// - Parameter command: who asks.
    /// - Returns: all variables, the files with their own, and the files of secrets by the settings that they are.
    /// - Throws: `ValidationError` if there is no such file; `ExitCode` 77, after telling, if it cannot be read.
    func read(
        for command: String
    ) throws -> (variables: [String: String], files: [SettingsFile], secrets: [String: String]) {
        let running = envFile.isEmpty ? RunningService.current : nil
        let files = try settingsFiles(of: running, for: command)
        var variables = Settings.processVariables
        variables.merge(running?.variables ?? [:]) { $1 }
        variables.merge(files.variables) { $1 }
        let secrets = secretFiles()
        // The credentials of the running service are copies of them, as they were at its start.
        if !secrets.isEmpty { variables["CREDENTIALS_DIRECTORY"] = nil }
        for (name, path) in secrets where variables[name, default: ""].isEmpty {
            if variables[name + "_FILE", default: ""].isEmpty { variables[name + "_FILE"] = path }
        }
        return (variables, files, secrets)
    }

    /// The files of secrets by the settings that they are: of `deploy_token` it is `DEPLOY_TOKEN`.
    private func secretFiles() -> [String: String] {
        guard let path = secrets ?? (envFile.isEmpty ? Self.defaultSecrets : nil), let directory = opendir(path) else {
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

    /// The files of settings: those that were named, else those that there are at their usual places, as the units name them.
    private func settingsFiles(of running: RunningService?, for command: String) throws -> [SettingsFile] {
        var paths = envFile
        if paths.isEmpty {
            let names = ["chimney"] + (running.map { $0.name == "chimney" ? [] : [$0.name] } ?? [])
            paths = names.map { "\(Self.directory)/\($0).env" }.filter { access($0, F_OK) == 0 }
        }
        return try paths.map { path in
            guard let text = Self.contents(of: path) else {
                guard access(path, F_OK) == 0 else { throw ValidationError("--env-file: there is no \(path).") }
                Console.error("\(path) cannot be read: run \(command) as root, or name another file by --env-file")
                throw ExitCode(77)
            }
            return SettingsFile(path: path, variables: EnvironmentFile.variables(in: text))
        }
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
