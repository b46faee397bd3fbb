import Glibc

/// What of a services file can be seen to be wrong from the host that it is for, before anything is deployed.
enum HostCheck {
    /// Looks at the files and programs that the services of a host need, as the process may use them.
    ///
    /// - Parameters:
    ///   - host: the host's name, as the services file has it.
    ///   - path: the directories in which programs are looked for, separated by colons (`PATH`).
    /// - Returns: a sentence for each mistake, with its place.
    static func problems(of file: ServicesFile, on host: String, path: String) -> [String] {
        let services = file.names.compactMap { file.services[$0] }.filter { $0.hosts.contains(host) }
        guard !services.isEmpty else {
            return ["services: none of them is for the host \(host); correct hosts, or set CHIMNEY_HOST"]
        }
        return services.flatMap { problems(of: $0, path: path) }
    }

    private static func problems(of service: Service, path: String) -> [String] {
        var problems: [String] = []
        func check(_ isRight: Bool, _ place: String, _ rule: String) {
            if !isRight { problems.append("services.\(service.name).\(place): \(rule)") }
        }
        func program(_ name: String) {
            check(isInstalled(name, path: path), "strategy", "needs \(name), which is not in PATH")
        }
        func composeFile(_ file: String) {
            check(isFile(file, access: R_OK), "compose.file", "names \(file), which is no file that can be read")
        }
        switch service.strategy {
        case .swap(let compose):
            program("docker")
            composeFile(compose.file)
        case .blueGreen(let pair):
            program("docker")
            program("caddy")
            composeFile(pair.blue.compose.file)
            let file = pair.caddy.upstreamFile
            let directory = String(file[..<(file.lastIndex(of: "/") ?? file.startIndex)])
            // It is replaced by rename, which asks nothing of the file itself (rename(2)).
            check(
                isDirectory(directory.isEmpty ? "/" : directory), "caddy.upstream_file",
                "names \(file), whose directory is none that can be written to")
            check(
                isFile(pair.caddy.config, access: R_OK), "caddy.config",
                "names \(pair.caddy.config), which is no file that can be read")
            if let file = pair.caddy.environmentFile {
                check(
                    isFile(file, access: R_OK), "caddy.environment_file",
                    "names \(file), which is no file that can be read")
            }
        case .script(let script):
            check(isFile(script, access: X_OK), "script", "names \(script), which is no file that can be executed")
        }
        return problems
    }

    /// A program without a slash is looked for as execvp(3) does.
    private static func isInstalled(_ program: String, path: String) -> Bool {
        path.split(separator: ":").contains { isFile("\($0)/\(program)", access: X_OK) }
    }

    private static func isFile(_ path: String, access mode: Int32) -> Bool {
        kind(of: path) == S_IFREG && isAllowed(path, mode)
    }

    private static func isDirectory(_ path: String) -> Bool {
        kind(of: path) == S_IFDIR && isAllowed(path, W_OK | X_OK)
    }

    private static func kind(of path: String) -> mode_t? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
    }

    /// Whether the process may do so as it is, not as who has started it (faccessat(2)).
    private static func isAllowed(_ path: String, _ mode: Int32) -> Bool {
        faccessat(AT_FDCWD, path, mode, AT_EACCESS) == 0
    }
}
