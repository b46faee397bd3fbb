import Foundation
import TestSupport
import Testing

extension AnswerScenario {
    private static let path = "/deploy"
    private static let rollback = "/deploy/rollback"
    private static let respondAsync = ("Prefer", "respond-async")

    /// Makes a signed call, and expects a status.
    @discardableResult
    func deploy(
        _ path: String, _ body: String, _ fields: [(String, String)] = [], is status: Int,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> HTTPAnswer {
        let client = HTTPClient(origin.http.address, timeout: 60)
        let answer = try client.request("POST", path, Self.signed(body) + fields, body: Array(body.utf8))
        exchanges.note("POST", path, sent: body, answer.status, answer.fields, answer.text)
        #expect(
            answer.status == status, "POST \(path) \(body): \(answer.text.prefix(300))", sourceLocation: sourceLocation)
        return answer
    }

    private static func signed(_ body: String) -> [(String, String)] {
        [Contract.json, ("X-Hub-Signature-256", DeployOrigin.signature(body, secret: Contract.secret))]
    }

    private func body(_ digit: Int, _ more: String = "") -> String {
        DeployOrigin.body(DeployOrigin.sha(digit), more)
    }

    /// A call for the version before. No two are the same.
    private func back(_ more: String = "") -> String {
        #"{"service":"app","reason":"\#(UUID().uuidString)"\#(more)}"#
    }

    /// Waits until a deployment has ended.
    private func awaitEnd(of answer: HTTPAnswer) throws {
        let location = try #require(answer["Location"])
        let hasEnded = try eventually(within: 30) {
            try origin.get(location, [Contract.bearer]).json.finished_at?.text != nil
        }
        #expect(hasEnded, "\(location)")
    }

    /// Has an origin with the service `app`, and one whose runner is away, answer in every way.
    func useTheDeployer(_ deployer: DeployOrigin) throws {
        for digit in 1...8 { try deployer.docker.publish(DeployOrigin.image, tag: DeployOrigin.sha(digit)) }
        try deploy(Self.rollback, back(), is: 409)
        try deploy(Self.path, #"{"service":"away","image_sha":"\#(DeployOrigin.sha(1))"}"#, is: 503)
        let first = body(1)
        try deploy(Self.path, first, is: 200)
        try deploy(Self.path, first, is: 409)
        let long =
            #"{"service_name":"app","container_name":"app","image":"\#(DeployOrigin.image):\#(DeployOrigin.sha(2))","#
            + #""commit_sha":"ABCDEF0","healthcheck_url":"","hosts":["host-1"],"mode":null,"reason":"as others do"}"#
        try deploy(Self.path, long, is: 200)
        try comeInBetween(deployer)
        try failAtIt(deployer)
        try goBack(deployer)
        for wrong in [
            "{}", #"{"service":"none","image_sha":"abc"}"#, #"{"service":"app","commit_sha":"abcdef1"}"#,
            body(1, #","mode":"now""#), body(1, #","hosts":["host-2"]"#), body(1, #","deployment_id":"none""#),
        ] {
            try deploy(Self.path, wrong, is: 422)
        }
        for wrong in ["{}", #"{"service":"app","hosts":[]}"#] { try deploy(Self.rollback, wrong, is: 422) }
        for query in ["", "?service=app&limit=2", "?service=", "?service=none"] {
            try ask("GET", Self.path + query, is: 200)
            try ask("HEAD", Self.path + query, is: 200)
        }
        for query in ["?limit=101", "?service=a%20b"] { try ask("GET", Self.path + query, is: 400) }
        for path in ["/deploy/none", "/deploy/none/log"] { try ask("GET", path, is: 404) }
    }

    /// Calls while another deployment is under way, and what is told of that.
    private func comeInBetween(_ deployer: DeployOrigin) throws {
        let pause = try deployer.docker.pause(matching: "pull")
        let running = try deploy(Self.path, body(3), [Self.respondAsync], is: 202)
        #expect(running["Preference-Applied"] == "respond-async")
        #expect(pause.waitUntilReached())
        let location = try #require(running["Location"])
        try ask("GET", location, is: 200)
        try ask("GET", "\(location)/log", [("Last-Event-ID", "x")], is: 400)
        let stream = try EventStream(origin.http.address, "\(location)/log", [Contract.bearer])
        defer { stream.close() }
        let head = try #require(stream.head())
        #expect(head.status == 200)
        let line = try #require(stream.next())
        exchanges.note("GET", "\(location)/log", head.status, head.fields, line.data)

        try deploy(Self.path, body(4), is: 429)
        try deploy(Self.rollback, back(), is: 429)
        let call = body(4, #","mode":"wait""#)
        let (address, fields) = (origin.http.address, Self.signed(call))
        let waiting = Background {
            try HTTPClient(address, timeout: 60).request("POST", "/deploy", fields, body: Array(call.utf8))
        }
        #expect(try eventually { try origin.streamer.clients?.integer == 2 })
        let next = try deploy(Self.path, body(4, #","mode":"supersede""#), [Self.respondAsync], is: 202)
        let superseded = try waiting.value()
        #expect(superseded.status == 409)
        exchanges.note("POST", Self.path, sent: call, superseded.status, superseded.fields, superseded.text)
        // The runner gives up what it is at, as nothing has been changed.
        #expect(stream.next("end", within: 30) != nil)
        pause.resume()
        try awaitEnd(of: next)
        try ask("GET", location, is: 200)
    }

    /// Deployments that come to nothing.
    private func failAtIt(_ deployer: DeployOrigin) throws {
        let docker = deployer.docker
        try deploy(Self.path, body(9), is: 400)
        try docker.behave(.pullHangs, version: DeployOrigin.sha(6))
        try deploy(Self.path, body(6), is: 504)
        try docker.behave(.unhealthy, version: DeployOrigin.sha(7))
        try deploy(Self.path, body(7), is: 502)
        try docker.behave(.unhealthy)
        let ruined = try deploy(Self.path, body(8), is: 500)
        #expect(try ruined.json.container_logs?.list.isEmpty == false)
        #expect(try ruined.json.next_step?.text != nil)
        try docker.behaveWell()
    }

    /// Returns to good versions, until there is none.
    private func goBack(_ deployer: DeployOrigin) throws {
        let docker = deployer.docker
        // Good are 4, 2 and 1.
        let call = back()
        try deploy(Self.rollback, call, is: 200)
        try deploy(Self.rollback, call, is: 409)
        try awaitEnd(of: deploy(Self.rollback, back(), [Self.respondAsync], is: 202))
        // None is left, which only the runner knows.
        try deploy(Self.rollback, back(), is: 409)

        try deploy(Self.path, body(5), is: 200)
        try docker.behave(.unhealthy, version: DeployOrigin.sha(1))
        try deploy(Self.rollback, back(), is: 502)
        try docker.behave(.unhealthy)
        try deploy(Self.rollback, back(), is: 500)
        try docker.behaveWell()
        // Version 1 is neither here nor to be had any more; then its pull does not end.
        try docker.prune(tag: DeployOrigin.sha(1))
        try docker.unpublish(tag: DeployOrigin.sha(1))
        try deploy(Self.rollback, back(), is: 400)
        try docker.publish(DeployOrigin.image, tag: DeployOrigin.sha(1))
        try docker.behave(.pullHangs, version: DeployOrigin.sha(1))
        try deploy(Self.rollback, back(), is: 504)
    }
}
