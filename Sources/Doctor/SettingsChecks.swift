import Essentials
import Glibc

/// Checks of the settings, and of the files that they name.
enum SettingsChecks {
    static let all = [
        Check(.settings, "values") { examination in
            .of(
                examination.subject.problems.map {
                    finding($0, in: examination.subject.files, unit: examination.poolUnit)
                },
                seen: examination.subject.files.isEmpty
                    ? "right" : "right, with those of \(examination.subject.files.paths)")
        },
        Check(.settings, "what they leave open") { .of($0.subject.advice, seen: "nothing that strangers could use") },
        Check(.settings, "names") { examination in
            .of(
                unknown(
                    examination.subject.variables, in: examination.subject.files, known: examination.subject.known)
                    + unknown(secrets: examination.subject.secrets, known: examination.subject.known),
                seen: "all of them are chimney's")
        },
        Check(.settings, "secrets", secrets),
        Check(.settings, "of the running service", running),
    ]

    /// A problem as the pool's start names it, as a finding.
    private static func finding(_ problem: String, in files: [SettingsFile], unit: String) -> Finding {
        // `NAME: what is wrong; what to do`
        let parts = problem.split(separator: ":", maxSplits: 1).map(String.init)
        let name = parts[0]
        let sentence = parts.count > 1 ? parts[1].drop { $0 == " " } : ""
        let end = sentence.firstRange(of: "; ")
        let what = end.map { sentence[..<$0.lowerBound] } ?? sentence
        let remedy = end.map { String(sentence[$0.upperBound...]) }
        return Finding(
            .fault, "\(name) \(what)", meaning: "chimney does not start with it (status 78).",
            remedy: "\(name): \(remedy ?? "correct it as README.md describes it")"
                + (files.isEmpty ? "" : " (in \(files.paths))") + "; then systemctl restart \(unit)")
    }

    // MARK: Names

    /// What else than chimney reads, and what of chimney reads besides the pool: by Caddy's snippets, by `chimney deploy`, and
    /// by the units.
    private static let others: Set = [
        "CHIMNEY_SOCKET", "CHIMNEY_STREAM_SOCKET", "CHIMNEY_BUFFERS", "CHIMNEY_DASHBOARD", "CHIMNEY_PATHS",
        "CHIMNEY_PORT", "CHIMNEY_BIND", "CHIMNEY_MANAGEMENT_PORT", "CHIMNEY_SITE", "CHIMNEY_ORIGINS", "CADDY_IMPORT",
        "TRACE_URL", "CHIMNEY_URL", "CHIMNEY_DEPLOY_TOKEN", "CHIMNEY_RUNNER_DIR",
        "CHIMNEY_JOURNAL_DIR", "CHIMNEY_BINARY", "CHIMNEY_TEST_STORE", "CHIMNEY_WARNINGS", "DOCKER_CONFIG",
        "CURL_CA_BUNDLE", "SWIFT_BACKTRACE", "http_proxy", "https_proxy", "no_proxy", "all_proxy", "PATH", "TZ", "LANG",
    ]

    /// Names that nobody reads: of chimney's kind anywhere, and of any kind in its own file where one is known that looks like it.
    static func unknown(_ variables: [String: String], in files: [SettingsFile], known: Set<String>) -> [Finding] {
        let known = known.union(others)
        return variables.keys.sorted().compactMap { name in
            guard !known.contains(name) else { return nil }
            let like = known.filter { distance($0, name) <= 2 }
                .min { (distance($0, name), $0) < (distance($1, name), $1) }
            let isChimneys = name.hasPrefix("CHIMNEY_")
            guard isChimneys || (files.variables[name] != nil && like != nil) else { return nil }
            return Finding(
                .warning, "\(name) is set, but nothing is called so",
                meaning: like.map { "It has no effect; \($0) is not set by it." } ?? "It has no effect.",
                remedy: like.map { "write \($0) in its place" } ?? "look for its name in README.md, or take it away")
        }
    }

    /// Files of secrets that nobody reads.
    static func unknown(secrets: [String: String], known: Set<String>) -> [Finding] {
        secrets.sorted { $0.key < $1.key }.compactMap { name, path in
            guard !known.contains(name + "_FILE") else { return nil }
            let like = known.filter { $0.hasSuffix("_FILE") && distance($0, name + "_FILE") <= 2 }.min()
            return Finding(
                .warning, "\(path) is no secret that chimney knows", meaning: "It has no effect.",
                remedy: like.map { "name it \($0.dropLast(5).lowercased())" }
                    ?? "name it as a setting of README.md's that is a token or a secret, in small letters")
        }
    }

    /// How many letters have to be put in, taken out or replaced to make one text of another (Levenshtein).
    static func distance(_ one: String, _ other: String) -> Int {
        let one = Array(one.utf8)
        let other = Array(other.utf8)
        guard abs(one.count - other.count) <= 2 else { return 3 }
        var row = Array(0...other.count)
        for (line, letter) in one.enumerated() {
            var diagonal = row[0]
            row[0] = line + 1
            for (column, wanted) in other.enumerated() {
                let replaced = diagonal + (letter == wanted ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, row[column] + 1, diagonal + 1)
            }
        }
        return row[other.count]
    }

    // MARK: Secrets

    private static func secrets(_ examination: Examination) -> Verdict {
        let subject = examination.subject
        var findings: [Finding] = []
        var count = 0
        for (name, path) in subject.variables.sorted(by: { $0.key < $1.key })
        where name.hasSuffix("_FILE") && subject.known.contains(name)
            && subject.known.contains(String(name.dropLast(5)))
        {
            guard let status = FileStatus(path) else { continue }
            count += 1
            findings += judge(secret: whole(path), of: name, status)
        }
        for file in subject.files where holdsSecrets(file.variables) {
            guard let status = FileStatus(file.path) else { continue }
            count += 1
            findings += judge(secret: whole(file.path), of: "the settings", status)
        }
        return .of(findings, seen: count == 0 ? "none is in a file" : "\(count) files, for their owners only")
    }

    /// A path from the root directory on and without symbolic links (realpath(3)), so that all that is on the way is in it.
    private static func whole(_ path: String) -> String {
        guard let whole = realpath(path, nil) else { return path }
        defer { free(whole) }
        return String(cString: whole)
    }

    /// Judges whether others can read a file with secrets: by itself, and by the directories above it.
    ///
    /// - Parameter look: looks at a directory.
    static func judge(
        secret path: String, of name: String, _ status: FileStatus, look: (String) -> FileStatus? = FileStatus.init
    ) -> [Finding] {
        // Who owns nothing, and is in no group.
        let stranger = Identity(name: "everybody", user: uid_t.max - 2, groups: [])
        guard status.permissions & 0o007 != 0, Access.obstacle(to: path, 0, for: stranger, status: look) == nil else {
            return []
        }
        return [
            Finding(
                .fault, "\(path) (\(name)) can be read by everybody on this host (\(status.description))",
                meaning: "Whoever gets at any account of this host has chimney's secrets.",
                remedy: "chmod 600 \(path), and give out a new secret if strangers have accounts here")
        ]
    }

    /// Whether variables hold secrets themselves.
    static func holdsSecrets(_ variables: [String: String]) -> Bool {
        variables.contains { name, value in
            guard !value.isEmpty else { return false }
            if name == "DRAGONFLY_URL" { return value.contains("@") || value.contains("password=") }
            return ["_TOKEN", "_SECRET", "_HEADERS"].contains { name.hasSuffix($0) }
        }
    }

    // MARK: The running service

    private static func running(_ examination: Examination) -> Verdict {
        let files = examination.subject.files
        guard !files.isEmpty else { return .skipped("there is no file of settings") }
        guard let unit = examination.units?.first(where: { $0.isPool && $0.mainProcess != nil }),
            let process = unit.mainProcess
        else { return .skipped("no service of systemd's runs") }
        let current = ProcessTable.variables(of: process)
        guard !current.isEmpty else { return .skipped("its environment cannot be seen; run doctor as root") }
        let changed = files.variables.filter { current[$0.key] != $0.value }.map(\.key).sorted()
        guard !changed.isEmpty else { return .good("\(unit.name) has them as they are in \(files.paths)") }
        return .wrong([
            Finding(
                .warning,
                "\(unit.name) was started with other settings than \(files.paths) has now: \(changed.joined(separator: ", "))",
                meaning: "What was changed is not in force.", remedy: "systemctl restart \(unit.name)")
        ])
    }
}
