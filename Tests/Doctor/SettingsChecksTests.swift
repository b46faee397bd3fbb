import Glibc
import Testing

@testable import Doctor

@Suite("What is wrong with settings") struct SettingsChecksTests {
    private static let known: Set = ["DEPLOY_TOKEN", "DEPLOY_TOKEN_FILE", "CHIMNEY_PREFIX", "GITHUB_REPO"]

    private func unknown(_ variables: [String: String], inFile: Bool) -> [Finding] {
        SettingsChecks.unknown(
            variables, in: inFile ? [SettingsFile(path: "/x", variables: variables)] : [], known: Self.known)
    }

    @Test("A name that looks like a known one is found in the file of settings only")
    func near() {
        let findings = unknown(["DEPLOY_TOKN": "x"], inFile: true)
        #expect(findings.map(\.found) == ["DEPLOY_TOKN is set, but nothing is called so"])
        #expect(findings.first?.remedy == "write DEPLOY_TOKEN in its place")
        #expect(unknown(["DEPLOY_TOKN": "x", "GITHUB_REF": "x"], inFile: false).isEmpty)
        #expect(unknown(["SOMETHING_ELSE": "x", "PATH": "/bin", "GITHUB_REPO": "a/b"], inFile: true).isEmpty)
    }

    @Test("A name of chimney's kind is found anywhere")
    func ours() {
        #expect(unknown(["CHIMNEY_PREFFIX": "x"], inFile: false).first?.remedy == "write CHIMNEY_PREFIX in its place")
        #expect(unknown(["CHIMNEY_OF_OLD": "x"], inFile: false).count == 1)
        #expect(unknown(["CHIMNEY_SOCKET": "x", "CHIMNEY_JOURNAL_DIR": "x"], inFile: false).isEmpty)
    }

    @Test(
        "How far texts are apart",
        arguments: [
            ("", "", 0), ("abc", "abc", 0), ("abc", "abd", 1), ("abc", "ab", 1), ("abc", "xabc", 1), ("abc", "cba", 2),
            ("abc", "abcdef", 3),
        ])
    func distance(_ one: String, _ other: String, _ expected: Int) {
        #expect(SettingsChecks.distance(one, other) == expected)
        #expect(SettingsChecks.distance(other, one) == expected)
    }

    @Test("A file of secrets has the name of a setting that may be one")
    func secretFiles() {
        let findings = SettingsChecks.unknown(
            secrets: [
                "DEPLOY_TOKEN": "/s/deploy_token", "DEPLOY_TOKN": "/s/deploy_tokn", "GITHUB_REPO": "/s/github_repo",
            ],
            known: Self.known)
        #expect(
            findings.map(\.found) == [
                "/s/deploy_tokn is no secret that chimney knows", "/s/github_repo is no secret that chimney knows",
            ])
        #expect(findings.first?.remedy == "name it deploy_token")
    }

    @Test("Files of secrets are for their owners, and perhaps a group")
    func permissions() {
        for (permissions, isRight) in [(0o600, true), (0o640, true), (0o644, false), (0o601, false)] {
            let status = FileStatus(kind: .file, permissions: mode_t(permissions), owner: 0, group: 0)
            #expect(SettingsChecks.judge(secret: "/x", of: "A_FILE", status, look: { _ in status }).isEmpty == isRight)
        }
        // What nobody else can get at may have any permissions.
        let open = FileStatus(kind: .file, permissions: 0o644, owner: 0, group: 0)
        for (permissions, isRight) in [(0o700, true), (0o750, true), (0o755, false), (0o711, false)] {
            let above = FileStatus(kind: .directory, permissions: mode_t(permissions), owner: 0, group: 0)
            let found = SettingsChecks.judge(secret: "/s/x", of: "A_FILE", open) { $0 == "/s" ? above : open }
            #expect(found.isEmpty == isRight, "\(permissions)")
        }
    }

    @Test("What is a secret")
    func secrets() {
        #expect(SettingsChecks.holdsSecrets(["DEPLOY_TOKEN": "x"]))
        #expect(SettingsChecks.holdsSecrets(["DRAGONFLY_URL": "redis://:x@host"]))
        #expect(
            !SettingsChecks.holdsSecrets([
                "DRAGONFLY_URL": "redis://host", "DEPLOY_TOKEN": "", "DEPLOY_TOKEN_FILE": "/x",
            ]))
    }
}
