import Essentials
import FastCGI
import FoundationEssentials
import Web

@testable import Deployer
@testable import Deploys
@testable import GitHub
@testable import Queue

extension Parser {
    /// Reads a body, and looks at what a refusal of it would say.
    private static func read<Body: FieldReadable>(_ type: Body.Type, _ bytes: [UInt8]) throws -> Body? {
        let refusal: Problem
        do throws(Problem) {
            return try FieldReader.read(type, from: bytes)
        } catch {
            refusal = error
        }
        try promise([400, 422].contains(refusal.status.code), "a body was refused with \(refusal.status)", of: bytes)
        // JSON that one reader takes and the other does not would be an error that nobody understands.
        try promise(!refusal.detail.contains("cannot be parsed"), "two readers of JSON do not agree", of: bytes)
        try promise(refusal.status.code == 400 || !refusal.errors.isEmpty, "no field is to blame", of: bytes)
        return nil
    }

    private static let wholeDeployment = #"""
        {"name":"web","version":"1.2.3","environment":"production","provider":"aws","cloud_account_id":"1","region":"eu",
        "cell":"c1","cell_stage":"prod","repository":"org/web","commit_sha":"0123456789abcdef","trigger":"manual","notes":"é"}
        """#

    static let bodies = [
        Parser(
            name: "deploy-event",
            seeds: [
                #"""
                {"sha":"0123456789abcdef","outcome":"success","slot":"blue","duration_s":47.5,"deployed_at":"2026-02-21T10:13:00Z",
                "pr_number":3,"pr_title":"x","origin_ips":["1.2.3.4"],"service":"web"}
                """#, #"{"sha":"0123456","outcome":"failure"}"#,
            ],
            read: { bytes in
                guard let posted = try read(PostedDeploy.self, bytes) else { return }
                let again = try? JSONDecoder().decode(DeployEvent.self, from: Data(posted.event.stored))
                try promise(
                    again == posted.event, "an event is another one when it comes back from the store", of: bytes)
            }),
        Parser(
            name: "deployment", seeds: [wholeDeployment],
            read: { bytes in _ = try read(PostedDeployment.self, bytes) }),
        Parser(
            name: "deployment-change",
            seeds: [#"{"status":"deployed","notes":"x"}"#, #"{"status":"in_progress"}"#],
            read: { bytes in _ = try read(PostedChange.self, bytes) }),
        Parser(
            name: "deploy-call",
            seeds: [
                #"{"service":"app","image_sha":"0123456789abcdef0123456789abcdef01234567","mode":"wait","hosts":["a"]}"#,
                #"""
                {"service_name":"app","container_name":"app","image":"ghcr.io/org/app:main-1","commit_sha":"0123456",
                "healthcheck_url":"http://127.0.0.1:8080/health"}
                """#,
            ],
            read: { bytes in _ = try read(PostedCall.self, bytes) }),
        Parser(
            name: "webhook",
            seeds: [
                #"{"action":"closed","repository":{"full_name":"org/web","owner":{"login":"org"}},"pull_request":{"number":1}}"#
            ],
            read: { bytes in
                let environment = Environment([
                    "REQUEST_METHOD": "POST", "PATH_INFO": "/api/webhooks/github",
                    "HTTP_X_GITHUB_EVENT": "pull_request",
                    "HTTP_X_GITHUB_DELIVERY": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
                ])
                let request = Request(environment: environment, body: RequestBody())
                guard let webhook = try? Webhook(request, body: bytes) else { return }
                try promise(JSONReader.firstFault(in: bytes) == nil, "a delivery that is no JSON", of: bytes)
                try promise(webhook.event == "pull_request", "a delivery of another event", of: bytes)
            }),
        Parser(
            name: "semantic-version",
            seeds: ["1.2.3", "v10.0.0-rc.1+build.7", "1.0.0-alpha.beta.11"],
            read: { bytes in
                guard let text = bytes.text, let version = SemanticVersion(text) else { return }
                try promise(
                    version.precedence.allSatisfy { $0 > 0x20 && $0 < 0x7F }, "a precedence that is no text", of: bytes)
                let release = SemanticVersion("1.2.3")!
                try promise(
                    !(version.isHigher(than: release) && release.isHigher(than: version)), "each is above the other",
                    of: bytes)
            }),
    ]
}
