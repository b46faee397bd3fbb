import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// The queue outlives every process: reloads, restarts, workers that die, and programs that serve one request.
    @Suite struct QueueLifeTests {
        /// Fills a queue with everything that there can be, and gives all that can be seen of it.
        private func fill(_ queue: QueueClient) throws -> [String] {
            for (index, status) in QueueClient.statuses.enumerated() {
                _ = try queue.create(["cell": "\(index)", "notes": "line\n🚀"], status)
            }
            for version in ["1.0.0", "1.1.0"] { _ = try queue.create(["version": version], "deployed") }
            #expect(try queue.rollBack("name=web&provider=aws&cell=").status == 201)
            #expect(try queue.post(QueueClient.body(), [("Idempotency-Key", "k")]).status == 201)
            return try seen(queue)
        }

        private func seen(_ queue: QueueClient) throws -> [String] {
            let ids = try queue.ids()
            return [try queue.list("limit=3").text, try queue.list("limit=1000").text]
                + (try QueueClient.statuses.map { try queue.list("status=\($0)").text })
                + (try ids.map { try queue.request("GET", "\(QueueClient.path)/\($0)/history").text })
                + (try ids.map { try queue.request("GET", "\(QueueClient.path)/\($0)").text })
        }

        private func expectGoesOn(_ queue: QueueClient) throws {
            let count = try queue.ids().count
            #expect(try queue.post(QueueClient.body(), [("Idempotency-Key", "k")]).status == 201)
            #expect(try queue.ids().count == count, "the key is still known")
            #expect(try queue.claim(#"{"cell":"0"}"#).status == 200)
            #expect(try queue.create(["version": "9.0.0"]).id == queue.deployments().first?.id)
        }

        @Test("A reload keeps everything")
        func reload() async throws {
            try await withOrigin(workers: 2, environment: QueueClient.settings) { origin throws in
                let queue = origin.queue
                let before = try fill(queue)
                origin.pool.process.signal(SIGHUP)
                #expect(
                    eventually(within: 60) { origin.pool.log.contains("reloaded: ") }, "\(origin.pool.log.suffix(500))")
                #expect(try seen(queue) == before)
                try expectGoesOn(queue)
            }
        }

        @Test("A restart of pool and front end keeps everything")
        func restart() async throws {
            try await withTaskExecutorPreference(BlockingExecutor.shared) {
                let store = try TestStore()
                let settings = store.environment.merging(QueueClient.settings) { $1 }
                let organisation = "org-\(UInt32.random(in: 0...(.max)))"
                func withSite<Result>(_ body: (QueueClient) throws -> Result) throws -> Result {
                    let pool = try PoolProcess(workers: 2, environment: settings)
                    let caddy = try CaddyServer(socket: pool.socket)
                    defer {
                        pool.stop()
                        caddy.stop()
                    }
                    return try body(QueueClient(HTTPClient(.port(caddy.port)), organisation))
                }
                let before = try withSite { try fill($0) }
                try withSite { queue in
                    #expect(try seen(queue) == before)
                    try expectGoesOn(queue)
                }
            }
        }

        @Test("Workers that are killed take nothing with them that was answered")
        func killed() async throws {
            try await withOrigin(workers: 3, environment: QueueClient.settings) { origin throws in
                let queue = origin.queue
                let before = try fill(queue)
                for worker in origin.pool.workers { kill(worker, SIGKILL) }
                #expect(eventually { origin.pool.isWhole(3) }, "\(origin.pool.states)")
                #expect(try seen(queue) == before)
                try expectGoesOn(queue)
            }
        }

        @Test("As a CGI program it does all the same, on the same store")
        func program() async throws {
            try await withOrigin(workers: 2, environment: QueueClient.settings) { origin throws in
                let queue = origin.queue
                func run(
                    _ method: String, _ path: String, _ body: String = "", query: String = ""
                ) throws -> (status: String, head: String, json: JSON) {
                    let variables = [
                        "GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_METHOD": method, "PATH_INFO": path,
                        "QUERY_STRING": query, "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1",
                        "HTTP_X_ORGANISATION": queue.organisation, "CONTENT_TYPE": "application/json",
                        "CONTENT_LENGTH": String(body.utf8.count), "CHIMNEY_CACHE_DIR": origin.pool.cacheDirectory,
                    ]
                    let settings = origin.store.environment.merging(QueueClient.settings) { $1 }
                    let run = try FinishedProcess(
                        Binary.path, environment: settings.merging(variables) { $1 }, input: Array(body.utf8))
                    try #require(run.end == .exited(0), "\(run.errors)")
                    let end = try #require(run.output.range(of: "\r\n\r\n"))
                    let head = String(run.output[..<end.lowerBound])
                    let status = head.hasPrefix("Status: ") ? String(head.dropFirst(8).prefix(3)) : "200"
                    return (status, head, (try? JSON(parsing: run.output[end.upperBound...].utf8)) ?? .null)
                }
                let path = QueueClient.path
                let created = try run("POST", path, QueueClient.body())
                #expect(created.status == "201")
                let id = try #require(created.json.id?.text)
                #expect(created.head.contains("\r\nLocation: \(path)/\(id)"))
                #expect(try queue.deployment(id) == created.json)
                let claimed = try run("POST", path + "/claim", "{}")
                #expect(claimed.json.id?.text == id)
                #expect(try run("PATCH", "\(path)/\(id)", #"{"status":"deployed"}"#).status == "200")
                #expect(try run("PATCH", "\(path)/\(id)", #"{"status":"scheduled"}"#).status == "409")
                #expect(try run("GET", path, query: "status=deployed&limit=5").json == .array(queue.deployments()))
                #expect(try run("GET", "\(path)/\(id)/history").json.history?.list.count == 3)
                #expect(try run("POST", path + "/claim", "{}").status == "204")
                let next = try queue.create(["version": "1.1.0"], "deployed")
                let back = try run("POST", path + "/rollback", query: "name=web&provider=aws")
                #expect(back.status == "201")
                #expect(back.json.source_deployment_id?.text == id)
                #expect(try run("POST", "\(path)/\(next)/rollback").json.status == "in_progress")
                #expect(try run("GET", "\(path)/none").status == "404")
                #expect(try run("POST", path, "{}").json.errors?.list.count == 4)
                #expect(try queue.status(next) == "rolled_back")
            }
        }
    }
}
