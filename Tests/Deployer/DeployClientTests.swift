import Essentials
import HTTPClient
import HTTPTypes
import TestSupport
import Testing

@testable import Deployer

/// What `chimney deploy` is made of; EndToEnd drives the program.
@Suite struct DeployClientTests {
    @Test func noTwoCallsHaveTheSameContentButARepeatedOneHas() {
        let call = ClientCall(service: "app", commit: "ABCDEF")
        #expect(call.body == call.body)
        #expect(call.body != ClientCall(service: "app", commit: "ABCDEF").body)
        #expect(String(decoding: call.body, as: UTF8.self).contains(#""image_sha":"abcdef""#))
    }

    @Test(arguments: [
        ("/deploy/r-1", "r-1"), ("https://origin.example.com/below/deploy/r-1", "r-1"), ("/deploy/r-1/", "r-1"),
        ("/deploy", nil), ("/deploy/..", nil), ("/deploy/a?b", nil), ("/v1/deployments/r-1", nil), (nil, nil),
    ]) func anIDIsThatOfADeployment(_ location: String?, _ id: String?) {
        #expect(DeploymentID.inLocation(location) == id)
    }

    @Test func aDeploymentNeedsAnIDAndAStatusAndNothingElse() throws {
        #expect(ReportedRun(Array(#"{"id":"a","status":"new-to-me"}"#.utf8))?.status == .running)
        for text in [#"{"id":"a"}"#, #"{"status":"failed"}"#, #"{"id":"../a","status":"failed"}"#, "[]", ""] {
            #expect(ReportedRun(Array(text.utf8)) == nil, "\(text)")
        }
    }

    @Test func aSummaryShowsTextAsItIs() throws {
        let run = try #require(
            ReportedRun(
                Array(
                    #"{"id":"a","status":"failed","phase":"pull","error":"<b> | ``` ","logs":["````","</details>"]}"#
                        .utf8)))
        let call = ClientCall(service: "app_1", commit: nil, reason: "`` <script>")
        let text = DeployReport(call, .ended(run), seconds: 3).markdown
        #expect(text.hasPrefix("## ❌ app\\_1 failed after 3 s\\, in phase pull\n"))
        #expect(text.contains("- reason: ``` `` <script> ```\n"))
        #expect(text.contains("````text\n<b> | ``` \n````\n"))
        #expect(text.contains("`````text\n````\n</details>\n`````\n"))
    }

    @Test func aSummaryIsBounded() throws {
        let line = String(repeating: "x", count: 100_000)
        let logs = (1...1000).map { _ in "\"\(line)\"" }.joined(separator: ",")
        let run = try #require(ReportedRun(Array(#"{"id":"a","status":"failed","logs":[\#(logs)]}"#.utf8)))
        let text = DeployReport(ClientCall(service: "app", commit: nil), .ended(run), seconds: 3).markdown
        #expect(text.utf8.count < 300_000)
        #expect(text.contains("without its first 800 lines"))
    }
}
