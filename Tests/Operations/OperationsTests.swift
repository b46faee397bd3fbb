import Dragonfly
import Essentials
import FastCGI
import HTTPTypes
import Logging
import TestSupport
import Testing

@testable import Operations
@testable import Telemetry
@testable import Web

/// The routes of `Operations`, without a pool around them.
private struct Window {
    let table: RouteTable
    let store: Store

    init(_ settings: [String: String] = [:], contributions: [Contribution] = [], store url: String) throws {
        var read = Settings(environment: settings)
        let operations = Operations(
            settings: &read, host: Host(name: "here", board: nil, roles: []), version: "1.2.3",
            contributions: contributions + [
                Contribution(counters: [
                    CounterHash(
                        name: "chimney_deploy_events_total", help: "H.", key: "{deploys}:meta", label: "outcome",
                        labels: ["success"])
                ])
            ], catalogue: { Catalogue(routes: ["/a"]) },
            openAPI: { OpenAPI(version: "1.2.3", parts: [Operations.openAPI]) })
        table = RouteTable(operations.routes)
        store = Store(url: try #require(StoreURL(url)), timeout: 5000)
    }

    func get(_ path: String, query: String = "") throws -> Response {
        let request = Request(
            environment: Environment(["REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query]),
            body: RequestBody())
        let context = Context(store: store, now: .now, logger: Logger(label: "test"), record: RequestRecord())
        context.query = try Query(query)
        let route = try #require(table.match(path)?.entry.route(for: .get))
        return try route.handler(request, context)
    }

    func json(_ path: String, query: String = "") throws -> JSON { try JSON(parsing: get(path, query: query).body) }
}

@Suite struct OperationsTests {
    private let server: StoreServer

    init() throws { server = try StoreServer() }

    @Test("Health with the store, without it, and with one that does not know us")
    func health() throws {
        let window = try Window(["GITHUB_REPO": "o/r"], store: server.url)
        let good = try window.json("/healthz")
        #expect(good.status == "ok")
        #expect(good.dragonfly == "connected")
        #expect(good.dragonfly_error == .null)
        #expect(good.dragonfly_keys == 0)
        #expect((good.dragonfly_memory?.integer ?? 0) > 100_000)
        #expect(good.repo == "o/r")
        #expect(good.workers?.total == 0)
        #expect(try window.json("/ready").status == "ready")

        server.stop()
        let bad = try window.json("/healthz")
        #expect(bad.status == "degraded")
        #expect(bad.dragonfly == "unavailable")
        #expect(bad.dragonfly_error?.text?.isEmpty == false)
        #expect(try window.json("/health").status == "healthy")
        #expect(throws: StoreError.self) { try window.get("/ready") }
        #expect(throws: StoreError.self) { try window.get("/api/logs") }
    }

    @Test("What a capability shows of itself, in the order of the contract, with the store and without it")
    func contribution() throws {
        func remaining(_ store: Store) -> Int64? { (try? store.run(Command("GET", store.key("left"))))?.integer }
        let window = try Window(
            contributions: [
                Contribution(
                    gauges: { store in
                        [MetricFamily("entries", .gauge, help: "E.", isOfHost: true, value: 5)]
                            + (remaining(store).map { [MetricFamily("left", .gauge, help: "L.", value: $0)] } ?? [])
                    },
                    cacheHealth: { _, json in json.member("mem_cache_entries", 5) },
                    upstreamHealth: { context, json in
                        json.key("github")
                        json.object { $0.member("rate_limit_remaining", remaining(context.store)) }
                    })
            ], store: server.url)
        try server.run("SET", "chimney:left", "17")
        func names() throws -> [Substring] {
            String(decoding: try window.get("/healthz").body, as: UTF8.self).split { !($0.isLetter || $0 == "_") }
        }
        let order: [Substring] = [
            "mem_cache_entries", "cache_hits", "cache_misses", "github", "rate_limit_remaining",
        ]
        #expect(try names().filter(order.contains) == order)
        #expect(
            try names().firstIndex(of: "dragonfly_memory") == names().firstIndex(of: "mem_cache_entries").map { $0 - 1 }
        )
        #expect(try names().last == "busy")
        #expect(try window.json("/healthz").github?.rate_limit_remaining == 17)
        var samples = Samples(String(decoding: try window.get("/metrics").body, as: UTF8.self))
        #expect(samples["entries"] == 5)
        #expect(samples["left"] == 17)

        server.stop()
        #expect(try window.json("/healthz").mem_cache_entries == 5)
        #expect(try window.json("/healthz").github?.rate_limit_remaining == .null)
        #expect(try names().filter(order.contains) == order)
        samples = Samples(String(decoding: try window.get("/metrics").body, as: UTF8.self))
        #expect(samples["entries"] == 5)
        #expect(samples.values["left"] == nil)
    }

    @Test("Versions, the project's under the name of its repository")
    func version() throws {
        let named = try Window(["GITHUB_REPO": "o/wgmesh", "PROJECT_VERSION": "2.0"], store: server.url)
        #expect(try named.json("/api/version") == .object(["chimney_version": "1.2.3", "wgmesh_version": "2.0"]))
        let unnamed = try Window(store: server.url)
        #expect(try unnamed.json("/api/version") == .object(["chimney_version": "1.2.3", "project_version": .null]))
    }

    @Test("Metrics with the store's counters, and without the store what the host knows")
    func metrics() throws {
        let window = try Window(store: server.url)
        try server.run(
            "HSET", "chimney:{telemetry}:counters", #"chimney_requests_total{route="/a",status_class="2xx"}"#, "17")
        try server.run("HSET", "chimney:{deploys}:meta", "success", "3")
        let answer = try window.get("/api/metrics")
        #expect(answer.fields[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
        let samples = Samples(String(decoding: answer.body, as: UTF8.self))
        #expect(samples.requests("/a", "2xx") == 17)
        #expect(samples[#"chimney_deploy_events_total{outcome="success"}"#] == 3)
        #expect(samples["chimney_dragonfly_connected"] == 1)
        server.stop()
        let without = Samples(String(decoding: try window.get("/metrics").body, as: UTF8.self))
        #expect(without["chimney_dragonfly_connected"] == 0)
        #expect(without.requests("/a", "2xx") == 0)
    }
}

@Suite struct LogRoutesTests {
    private let server: StoreServer
    private let window: Window

    init() throws {
        server = try StoreServer()
        window = try Window(store: server.url)
        for (id, level, request) in [
            (1, "debug", "a"), (2, "info", "b"), (3, "error", "a"), (4, "info", "a\\\"b"), (5, "critical", "c"),
        ] {
            try server.run(
                "LPUSH", "chimney:{telemetry}:log",
                #"{"id":\#(id),"time":"t","level":"\#(level)","msg":"m","request_id":"\#(request)"}"#)
        }
    }

    private func ids(_ query: String) throws -> [Int?] {
        try window.json("/api/logs", query: query).lines?.list.map { $0.id?.integer } ?? []
    }

    @Test(
        "The newest last, as many as asked for, of a level, of a request, after an id",
        arguments: [
            ("", [1, 2, 3, 4, 5]), ("limit=2", [4, 5]), ("limit=1000", [1, 2, 3, 4, 5]), ("level=error", [3, 5]),
            ("level=trace", [1, 2, 3, 4, 5]), ("request_id=a", [1, 3]), ("request_id=a%22b", [4]),
            ("request_id=none", []),
            ("since=3", [4, 5]), ("since=5", []), ("since=0", [1, 2, 3, 4, 5]), ("level=info&limit=2", [4, 5]),
            ("request_id=a&level=error", [3]), ("since=1&limit=1", [2]), ("since=1&limit=2&level=info", [2, 3]),
        ] as [(String, [Int?])])
    func filters(query: String, expected: [Int?]) throws {
        #expect(try ids(query) == expected)
    }

    @Test(
        "What cannot be meant is 400",
        arguments: ["limit=0", "limit=1001", "limit=x", "level=loud", "level=", "since=-1", "since=x", "level=INFO"])
    func wrong(query: String) {
        #expect { try window.get("/api/logs", query: query) } throws: { ($0 as? Problem)?.status == .badRequest }
    }

    @Test("An empty ring is an empty list")
    func empty() throws {
        try server.run("FLUSHALL")
        #expect(String(decoding: try window.get("/api/logs").body, as: UTF8.self) == #"{"lines":[]}"#)
    }
}
