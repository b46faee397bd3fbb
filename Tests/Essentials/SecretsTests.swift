import Essentials
import Foundation
import TestSupport
import Testing

@Suite struct SecretsTests {
    private static func pairs(_ text: String) -> [String] {
        (NamedSecret.list(text) ?? []).map { "\($0.name)|\($0.value)" }
    }

    @Test(
        "A list of secrets, each optionally named",
        arguments: [
            ("", []),
            (" , ,", []),
            ("abc", ["default|abc"]),
            ("ci=abc", ["ci|abc"]),
            ("ci=abc,laptop=def", ["ci|abc", "laptop|def"]),
            (" ci=abc , laptop=def \n", ["ci|abc", "laptop|def"]),
            ("ci=abc\nlaptop=def\r\n", ["ci|abc", "laptop|def"]),
            ("abc,def", ["default|abc", "default|def"]),
            ("ci=a=b=c", ["ci|a=b=c"]),
            ("ci=c2VjcmV0==", ["ci|c2VjcmV0=="]),
            ("a.b_c-9=x", ["a.b_c-9|x"]),
        ] as [(String, [String])])
    func list(text: String, expected: [String]) {
        #expect(Self.pairs(text) == expected)
    }

    @Test(
        "Padding does not make a name of a secret",
        arguments: ["c2VjcmV0==", "c2VjcmV0c2VjcmU=", "=abc", "a+b/c=", "a/b=def", "two words=x", "naïve=x"])
    func padding(text: String) {
        #expect(Self.pairs(text) == ["default|\(text)"])
    }

    @Test("A name without a secret is a mistake", arguments: ["ci=", "abc,ci=", "ci=,abc", "deploy.token="])
    func nameAlone(text: String) {
        #expect(NamedSecret.list(text) == nil)
        var settings = Settings(environment: ["DEPLOY_TOKEN": text])
        #expect(settings.secrets("DEPLOY_TOKEN").isEmpty)
        #expect(settings.problems.count == 1)
        #expect(settings.problems.first?.hasPrefix("DEPLOY_TOKEN: ") == true)
    }

    @Test("A setting without a secret in it is not one that was left out", arguments: [",", " , ", "\n"])
    func nothing(text: String) {
        var settings = Settings(environment: ["LOGS_TOKEN": text])
        #expect(settings.secrets("LOGS_TOKEN").isEmpty)
        #expect(settings.problems.count == 1)
    }

    @Test(
        "Bytes that are no text are no secret: others would be taken for it, or a part of it for the whole",
        arguments: [
            [0x61, 0xFF, 0x62], [0xC3], [0x61, 0x0A, 0xFE], [0x00, 0x61, 0x62], [0x61, 0x1B], [0x61, 0xC2, 0x9B],
        ] as [[UInt8]])
    func bytes(secret: [UInt8]) throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("token")
        try Data(secret).write(to: URL(fileURLWithPath: path))
        var settings = Settings(environment: ["DEPLOY_TOKEN_FILE": path])
        #expect(settings.secrets("DEPLOY_TOKEN").isEmpty)
        #expect(settings.problems.count == 1)
        #expect(settings.problems.first?.hasPrefix("DEPLOY_TOKEN_FILE: holds bytes that are no text") == true)
        var named = Settings(environment: ["DEPLOY_TOKEN": String(decoding: secret, as: UTF8.self)])
        #expect(named.secrets("DEPLOY_TOKEN").isEmpty)
    }

    @Test("A secret describes itself by its name only")
    func description() {
        let secret = NamedSecret(name: "ci", value: "hidden")
        #expect("\(secret)" == "ci")
        #expect(String(reflecting: secret) == "ci")
        #expect("\([secret])" == "[ci]")
    }

    @Test("Secrets come from the variable, or from a file")
    func sources() throws {
        let path = "/tmp/chimney-secrets-\(getpid())-\(UInt32.random(in: 0...(.max)))"
        try Self.write("ci=abc\nlaptop=def\n", to: path)
        defer { unlink(path) }

        var settings = Settings(environment: ["A": "x=1", "B_FILE": path])
        #expect(settings.secrets("A").map(\.value) == ["1"])
        #expect(settings.secrets("B").map(\.name) == ["ci", "laptop"])
        #expect(settings.secrets("C").isEmpty)
        #expect(settings.problems.isEmpty)
    }

    @Test("A file that is missing, is a directory, or is given besides the variable, is a problem")
    func wrongFiles() {
        var settings = Settings(environment: [
            "A_FILE": "/nowhere/at/all", "B_FILE": "/tmp", "C": "x", "C_FILE": "/tmp",
        ])
        #expect(settings.secrets("A").isEmpty)
        #expect(settings.secrets("B").isEmpty)
        #expect(settings.secrets("C").isEmpty)
        #expect(settings.problems.map { $0.prefix(7) } == ["A_FILE:", "B_FILE:", "C_FILE:"])
    }

    private static func write(_ text: String, to path: String) throws {
        let file = try #require(fopen(path, "w"))
        fputs(text, file)
        fclose(file)
    }
}
