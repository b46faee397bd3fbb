import HTTPClient
import TestSupport
import Testing

@testable import Deployer

/// When a service is healthy, and when it is clear that it will not be.
@Suite struct HealthCheckTests {
    private struct Enough: Error {}

    private let fake: FakeDocker
    private let image = "ghcr.io/acme/app"

    init() throws { fake = try FakeDocker() }

    private func check(
        _ probe: Health.Probe, container: String?, startPeriod: Int = 0, limit: Int = 3, successes: Int = 1,
        whileWaiting: @escaping () throws -> Void = {}
    ) throws -> HealthCheck.Outcome {
        let health = Health(
            probe: probe, startPeriod: startPeriod, interval: 1, timeout: 30, limit: limit, successes: successes)
        return try HealthCheck(
            health, docker: .test(fake), session: HTTPSession(userAgent: "chimney/test"), whileWaiting: whileWaiting
        ).run(container: container)
    }

    private func run(_ behaviour: DockerBehaviour?, healthCheck: Bool = true) throws -> String {
        try fake.publish(image, tag: "one")
        if let behaviour { try fake.behave(behaviour, version: "one") }
        let file = try fake.composeFile(image: image, services: ["app": nil], healthCheck: healthCheck)
        return try fake.run(file, service: "app", tag: "one")
    }

    @Test func aContainerIsHealthyWhenDockerSaysSo() throws {
        #expect(try check(.container, container: run(nil)) == .healthy)
    }

    @Test func aContainerWithoutAHealthCheckIsHealthyWhenItRuns() throws {
        #expect(try check(.container, container: run(nil, healthCheck: false)) == .healthy)
    }

    @Test func aContainerMayTakeItsTime() throws {
        let container = try run(.healthyAfter(probes: 2))
        #expect(try check(.container, container: container, limit: 60) == .healthy)
        #expect(try fake.containers.first?.inspected == 3)
    }

    @Test func soManyProbesInARowHaveToSucceed() throws {
        let container = try run(nil)
        #expect(try check(.container, container: container, limit: 60, successes: 3) == .healthy)
        #expect(try fake.containers.first?.inspected == 3)
        #expect(
            try check(.container, container: container, limit: 1, successes: 3)
                == .unhealthy("well, 1 of 3 times in a row (after 1 s)"))
    }

    @Test func anUnhealthyContainerIsLostAfterTheStartPeriod() throws {
        let container = try run(.unhealthy)
        #expect(try check(.container, container: container, limit: 60) == .unhealthy("unhealthy: connection refused"))
        #expect(
            try check(.container, container: container, startPeriod: 60, limit: 2)
                == .unhealthy("unhealthy: connection refused (after 2 s)"))
    }

    @Test func aContainerThatStartsForEverRunsOutOfTime() throws {
        #expect(
            try check(.container, container: run(.staysStarting), limit: 2)
                == .unhealthy("the container is starting: connection refused (after 2 s)"))
    }

    @Test func aContainerThatHasEndedIsLostAtOnce() throws {
        let container = try run(.exits(3))
        #expect(
            try check(.container, container: container, startPeriod: 60, limit: 60)
                == .unhealthy("the container has exited with status 3"))
        try fake.remove(container: container)
        #expect(
            try check(.http(url: "http://127.0.0.1:9/"), container: container, limit: 60)
                == .unhealthy("the container is gone"))
    }

    @Test func aURLHasToAnswerWith2xx() throws {
        let server = try ScriptedHTTPServer { request in
            switch request.path {
            case "/ok": HTTPServerAnswer(204)
            case "/moved": HTTPServerAnswer(302, [("Location", "/ok")])
            case "/large": HTTPServerAnswer(200, body: [UInt8](repeating: 0, count: HTTPProbe.bodyLimit + 1))
            default: HTTPServerAnswer(503)
            }
        }
        defer { server.stop() }
        #expect(try check(.http(url: server.url("/ok")), container: nil) == .healthy)
        #expect(
            try check(.http(url: server.url("/bad")), container: nil, limit: 1)
                == .unhealthy("HTTP status 503 (after 1 s)"))
        #expect(
            try check(.http(url: server.url("/moved")), container: nil, limit: 1)
                == .unhealthy("HTTP status 302 (after 1 s)"))
        guard case .unhealthy = try check(.http(url: server.url("/large")), container: nil, limit: 1) else {
            Issue.record("an answer without end is healthy")
            return
        }
    }

    @Test func aURLThatNobodyAnswersNamesTheServer() throws {
        let port = try Address.freePort()
        let outcome = try check(.http(url: "http://127.0.0.1:\(port)/health"), container: nil, limit: 1)
        #expect(outcome == .unhealthy("http://127.0.0.1:\(port): Connection refused (after 1 s)"))
    }

    @Test func whereAURLIsAskedTheContainerHasOnlyToRun() throws {
        let server = try ScriptedHTTPServer { _ in HTTPServerAnswer() }
        defer { server.stop() }
        let container = try run(.unhealthy)
        #expect(try check(.http(url: server.url()), container: container, limit: 60) == .healthy)
    }

    @Test func theCallerCanEndItWhileItWaits() throws {
        let server = try ScriptedHTTPServer { _ in
            var answer = HTTPServerAnswer()
            answer.delay = 1000
            return answer
        }
        defer { server.stop() }
        #expect(throws: Enough.self) {
            _ = try check(.http(url: server.url()), container: nil, limit: 60) {
                if !server.requestsUnderWay.isEmpty { throw Enough() }
            }
        }
        var calls = 0
        #expect(throws: Enough.self) {
            _ = try check(.container, container: run(.staysStarting), limit: 60) {
                calls += 1
                if calls == 3 { throw Enough() }
            }
        }
    }
}
