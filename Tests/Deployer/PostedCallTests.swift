import Testing
import Web

@testable import Deployer

@Suite("Posted call")
struct PostedCallTests {
    private static let sha = "3051037f0c6d8b1a4e5f60718293a4b5c6d7e8f9"
    private static let id = "0f8fad5b-d9cb-469f-a165-70867728950e"

    /// The fields of each form for the service `app`.
    private static let short = ["service": #""app""#, "image_sha": "\"\(sha)\""]
    private static let long = [
        "service_name": #""app""#, "container_name": #""app-web""#, "image": #""ghcr.io/acme/app:v7""#,
        "commit_sha": #""3051037""#, "healthcheck_url": #""http://127.0.0.1:9000/up""#,
    ]

    private static func call(_ fields: [String: String], _ changes: [String: String?] = [:]) throws -> DeployCall {
        try FieldReader.read(PostedCall.self, from: body(fields, changes)).call(in: try ServicesFixture.file())
    }

    private static func rollback(_ fields: [String: String]) throws -> RollbackCall {
        try FieldReader.read(PostedRollback.self, from: body(fields)).call(in: try ServicesFixture.file())
    }

    private static func body(_ fields: [String: String], _ changes: [String: String?] = [:]) -> [UInt8] {
        var fields = fields
        for (name, value) in changes { fields[name] = value }
        return Array("{\(fields.map { "\"\($0.key)\": \($0.value)" }.joined(separator: ","))}".utf8)
    }

    /// The fields that a call is refused for, each with its rule.
    private static func rejected(_ call: () throws -> Void) throws -> [String] {
        do {
            try call()
            return []
        } catch let problem as Problem {
            #expect(problem.status == .unprocessableContent)
            return problem.errors.map { "\($0.field) \($0.message)" }
        }
    }

    @Test("A commit and a service are enough")
    func shortForm() throws {
        let call = try Self.call(Self.short, ["image_sha": "\"\(Self.sha.uppercased())\""])
        #expect(call.service.name == "app")
        #expect(call.sha == Self.sha)
        #expect(call.tag == Self.sha)
        #expect(call.healthURL == nil)
        #expect(call.hosts == ["origin-1", "origin-2"])
        #expect(call.mode == .reject)
        #expect(call.deploymentID == nil)
        #expect(call.reason == nil)
    }

    @Test("The long form names the image, and where to probe")
    func longForm() throws {
        let call = try Self.call(Self.long, ["commit_sha": #""ABCDEF0""#])
        #expect(call.service.name == "app")
        #expect(call.sha == "abcdef0")
        #expect(call.tag == "v7")
        #expect(call.healthURL == "http://127.0.0.1:9000/up")
        let least = try Self.call(
            Self.long, ["container_name": nil, "healthcheck_url": "\"\"", "image": #""acme/app:v7""#])
        #expect(least.tag == "v7")
        #expect(least.healthURL == nil)
    }

    @Test("What a call may choose")
    func options() throws {
        let call = try Self.call(
            Self.short,
            [
                "hosts": #"["origin-2", "origin-1"]"#, "mode": #""supersede""#,
                "deployment_id": "\"\(Self.id.uppercased())\"",
                "reason": #""Again, with feeling""#, "something": "1",
            ])
        #expect(call.hosts == ["origin-1", "origin-2"])
        #expect(call.mode == .supersede)
        #expect(call.deploymentID == Self.id)
        #expect(call.reason == "Again, with feeling")
        #expect(try Self.call(Self.short, ["hosts": #"["origin-2"]"#]).hosts == ["origin-2"])
        let empty = try Self.call(
            Self.short, ["mode": "\"\"", "deployment_id": "\"\"", "reason": "null", "hosts": "null"])
        #expect(empty == (try Self.call(Self.short)))
    }

    @Test("With two slots a health URL says where the address of the slot belongs")
    func slots() throws {
        let fields = ["service_name": #""shop""#, "image": #""acme/shop:1""#, "commit_sha": #""abcdef0""#]
        let url = "http://{upstream}/up?deep=1"
        #expect(try Self.call(fields, ["healthcheck_url": "\"\(url)\""]).healthURL == url)
        for wrong in ["http://127.0.0.1:8101/up", "http://u@{upstream}/", "http://{upstream}.example/"] {
            let found = try Self.rejected { _ = try Self.call(fields, ["healthcheck_url": "\"\(wrong)\""]) }
            #expect(found.count == 1)
            #expect(found.first?.hasPrefix("healthcheck_url has to be ") == true)
        }
        let elsewhere = try Self.rejected { _ = try Self.call(fields, ["healthcheck_url": #""http://x/{upstream}""#]) }
        #expect(elsewhere.count == 1)
        for container in ["shop-blue", "shop-green"] {
            #expect(try Self.call(fields, ["container_name": "\"\(container)\""]).service.name == "shop")
        }
    }

    @Test(
        "Of the short form, what is wrong is named with its rule",
        arguments: [
            ("service", nil, "is required: one of app, shop, site"),
            ("service", "\"\"", "is required: one of app, shop, site"),
            ("service", "\"App\"", "has to be one of app, shop, site"),
            ("service", "[\"app\"]", "has to be one of app, shop, site"),
            ("image_sha", nil, "is required: 40 hexadecimal digits"),
            ("image_sha", "\"3051037\"", "has to be 40 hexadecimal digits"),
            ("image_sha", "\"$(touch /tmp/x)aaaaaaaaaaaaaaaaaaaaaaaaaaa\"", "has to be 40 hexadecimal digits"),
            ("image_sha", "1", "has to be 40 hexadecimal digits"),
            ("hosts", "[]", "has to be a list of 1 to 64 host names"),
            ("hosts", "\"origin-1\"", "has to be a list of 1 to 64 host names"),
            ("hosts", "[1]", "has to be a list of 1 to 64 host names"),
            ("hosts", "[\"origin-1\",\"origin-1\"]", "names a host twice"),
            ("hosts", "[\"origin-3\"]", "may name hosts of app only: origin-1, origin-2"),
            ("mode", "\"now\"", "has to be one of reject, wait, supersede"),
            ("mode", "1", "has to be one of reject, wait, supersede"),
            ("deployment_id", "\"7\"", "has to be a UUID, as the queue has given it"),
            (
                "deployment_id", "\"0f8fad5b-d9cb-469f-a165-7086772895-e\"",
                "has to be a UUID, as the queue has given it"
            ),
            ("reason", "\"a\\nb\"", "has to be a text of at most 500 characters, none of them a control character"),
            ("reason", "7", "has to be a text of at most 500 characters, none of them a control character"),
        ] as [(String, String?, String)])
    func wrong(field: String, value: String?, rule: String) throws {
        #expect(try Self.rejected { _ = try Self.call(Self.short, [field: value]) } == ["\(field) \(rule)"])
    }

    @Test("A reason may be 500 characters long")
    func reason() throws {
        let reason = String(repeating: "é", count: 500)
        #expect(try Self.call(Self.short, ["reason": "\"\(reason)\""]).reason == reason)
        #expect(try Self.rejected { _ = try Self.call(Self.short, ["reason": "\"\(reason)e\""]) }.count == 1)
    }

    @Test(
        "Of the long form, what is wrong is named with its rule",
        arguments: [
            ("service_name", nil, "is required: one of app, shop, site"),
            ("service_name", "\"ap\"", "has to be one of app, shop, site"),
            ("container_name", "\"web\"", "has to be one of app-web"),
            ("image", nil, "is required: ghcr.io/acme/app:TAG"),
            ("image", "\"ghcr.io/acme/app\"", "has to be ghcr.io/acme/app:TAG"),
            ("image", "\"ghcr.io/acme/app:\"", "has to be ghcr.io/acme/app:TAG"),
            ("image", "\"ghcr.io/acme/other:1\"", "has to be ghcr.io/acme/app:TAG"),
            ("image", "\"docker.io/acme/app:1\"", "has to be ghcr.io/acme/app:TAG"),
            ("image", "\"app:1\"", "has to be ghcr.io/acme/app:TAG"),
            ("image", "\"ghcr.io/acme/app:1:2\"", "has to be ghcr.io/acme/app:TAG"),
            ("image", "\"ghcr.io/acme/app:1;reboot\"", "has to be ghcr.io/acme/app:TAG"),
            ("image", "\"ghcr.io/acme/app:$(reboot)\"", "has to be ghcr.io/acme/app:TAG"),
            ("image", "\"ghcr.io/acme/app;reboot:1\"", "has to be ghcr.io/acme/app:TAG"),
            (
                "image", "\"ghcr.io/acme/app@sha256:\(String(repeating: "a", count: 64))\"",
                "has to be ghcr.io/acme/app:TAG"
            ),
            ("commit_sha", nil, "is required: 7 to 64 hexadecimal digits"),
            ("commit_sha", "\"abcdef\"", "has to be 7 to 64 hexadecimal digits"),
            ("healthcheck_url", "\"file:///etc/passwd\"", "has to be an http or https URL"),
            ("healthcheck_url", "\"http://a:b@127.0.0.1/\"", "has to be an http or https URL"),
            ("healthcheck_url", "\"http://127.0.0.1/\\n\"", "has to be an http or https URL"),
            ("healthcheck_url", "\"http://{upstream}/\"", "has to be an http or https URL"),
            (
                "healthcheck_url", "\"http://169.254.169.254/\"",
                "has to be on a host that app allows: 127.0.0.1, health.example"
            ),
            ("healthcheck_url", "\"http://127.0.0.1.example/\"", "has to be on a host that app allows"),
            ("healthcheck_url", "\"http://127.0.0.1\\\\@example/\"", "has to be an http or https URL"),
        ] as [(String, String?, String)])
    func wrongLong(field: String, value: String?, rule: String) throws {
        let found = try Self.rejected { _ = try Self.call(Self.long, [field: value]) }
        #expect(found.count == 1, "\(found)")
        #expect(found.first?.hasPrefix("\(field) \(rule)") == true, "\(found)")
    }

    @Test("The host of a health URL is the same in any case, and at any port")
    func healthHosts() throws {
        for url in ["https://HEALTH.example/", "http://health.example:81", "http://127.0.0.1?a@b"] {
            #expect(try Self.call(Self.long, ["healthcheck_url": "\"\(url)\""]).healthURL == url)
        }
    }

    @Test("A script sees to the health itself, and a service without organisation moves no deployment of the queue")
    func script() throws {
        let found = try Self.rejected {
            _ = try Self.call([
                "service_name": #""site""#, "image": #""site:1""#, "commit_sha": #""abcdef0""#,
                "healthcheck_url": #""http://127.0.0.1/""#, "deployment_id": "\"\(Self.id)\"",
            ])
        }
        #expect(
            found == [
                "healthcheck_url cannot be taken: the script of site sees to it itself",
                "deployment_id cannot be taken: the services file names no organisation for site",
            ])
    }

    @Test("The two forms do not mix, and everything else that is wrong is named as well")
    func mixed() throws {
        let found = try Self.rejected {
            _ = try Self.call(
                Self.short, ["image": #""ghcr.io/acme/app:1""#, "commit_sha": #""abcdef0""#, "mode": "1"])
        }
        #expect(
            found == [
                "service does not go together with image, commit_sha",
                "image_sha does not go together with image, commit_sha",
                "image does not go together with service, image_sha",
                "commit_sha does not go together with service, image_sha",
                "mode has to be one of reject, wait, supersede",
            ])
        #expect(
            try Self.rejected { _ = try Self.call([:]) } == [
                "service is required: one of app, shop, site", "image_sha is required: 40 hexadecimal digits",
            ])
    }

    @Test("A rollback names a service, and may name the rest")
    func rollbacks() throws {
        let least = try Self.rollback(["service": #""app""#])
        #expect(least.service.name == "app")
        #expect(least.hosts == ["origin-1", "origin-2"])
        #expect(least.mode == .reject)
        let most = try Self.rollback([
            "service": #""app""#, "hosts": #"["origin-2"]"#, "mode": #""wait""#, "deployment_id": "\"\(Self.id)\"",
            "reason": #""Broken""#,
        ])
        #expect(most.hosts == ["origin-2"])
        #expect(most.mode == .wait)
        #expect(most.deploymentID == Self.id)
        #expect(most.reason == "Broken")
        // The body of a call to deploy is signed as well, and not to be taken for this.
        for name in ["image_sha", "image", "commit_sha"] {
            let found = try Self.rejected { _ = try Self.rollback(["service": #""app""#, name: #""x""#]) }
            #expect(found.count == 1 && found.first?.hasPrefix(name) == true, "\(found)")
        }
        let found = try Self.rejected {
            _ = try Self.rollback(["service": #""x""#, "hosts": "[]", "mode": "1", "deployment_id": "1", "reason": "1"])
        }
        #expect(found.map { $0.prefix { $0 != " " } } == ["service", "hosts", "mode", "deployment_id", "reason"])
    }
}
