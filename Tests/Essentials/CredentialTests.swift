import Essentials
import Foundation
import TestSupport
import Testing

/// Secrets that systemd hands over (systemd.exec(5), LoadCredential=).
@Suite struct CredentialTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func settings(_ more: [String: String] = [:]) -> Settings {
        Settings(environment: ["CREDENTIALS_DIRECTORY": directory.path].merging(more) { $1 })
    }

    @Test("A secret is the credential of its name")
    func secret() throws {
        _ = try directory.write("chimney_deploy_token", "ci=abc\nlaptop=def\n")
        var settings = settings()
        #expect(settings.secrets("DEPLOY_TOKEN").map(\.value) == ["abc", "def"])
        #expect(settings.secrets("LOGS_TOKEN").isEmpty)
        #expect(settings.problems == [])
        #expect(settings.unknownCredentials == [])
    }

    @Test("A variable, and a file that a variable names, come before it")
    func precedence() throws {
        _ = try directory.write("chimney_deploy_token", "credential")
        let file = try directory.write("file", "file")
        var named = settings(["DEPLOY_TOKEN": "variable"])
        #expect(named.secrets("DEPLOY_TOKEN").map(\.value) == ["variable"])
        var filed = settings(["DEPLOY_TOKEN_FILE": file])
        #expect(filed.secrets("DEPLOY_TOKEN").map(\.value) == ["file"])
    }

    @Test("One that holds nothing, or cannot be read, is a mistake, and not a secret that was left out")
    func useless() throws {
        _ = try directory.write("chimney_logs_token", "\n")
        try FileManager.default.createDirectory(
            atPath: directory.file("chimney_admin_token"), withIntermediateDirectories: false)
        var settings = settings()
        #expect(settings.secrets("LOGS_TOKEN").isEmpty)
        #expect(settings.secrets("ADMIN_TOKEN").isEmpty)
        #expect(settings.problems.count == 2)
        #expect(settings.problems[0].hasPrefix("credential chimney_logs_token: holds no secret"))
        #expect(settings.problems[1].hasPrefix("credential chimney_admin_token: cannot be read"))
    }

    @Test("A value may be a secret, without the line break of its file")
    func values() throws {
        _ = try directory.write("chimney_dragonfly_url", " redis://:secret@store:6379/0\n")
        var settings = settings()
        let url = settings.secretValue("DRAGONFLY_URL", default: "", remedy: "is no URL") { $0 }
        #expect(url == "redis://:secret@store:6379/0")
        let none = settings.secretValue("DRAGONFLY_URL", default: "", remedy: "is no URL") { _ in nil }
        #expect(none.isEmpty)
        #expect(settings.problems == ["credential chimney_dragonfly_url: is no URL"])
    }

    @Test("One that nothing asks for is named: it may be misspelt")
    func unknown() throws {
        _ = try directory.write("chimney_log_token", "secret")
        _ = try directory.write("somebody_elses", "secret")
        var settings = settings()
        _ = settings.secrets("LOGS_TOKEN")
        #expect(settings.unknownCredentials == ["chimney_log_token"])
    }
}
