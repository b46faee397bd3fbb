import TestSupport
import Testing

extension EndToEnd {
    /// `POST /v1/deployments` and `GET /v1/deployments/{id}`: what a new deployment is.
    @Suite(.origin(environment: QueueClient.settings)) struct QueueCreationTests {
        let queue: QueueClient

        init() throws { queue = try Origin.current.queue }

        private static let whole: [String: String] = [
            "name": "payment-service", "version": "1.2.3", "commit_sha": "abc123def4567890",
            "pipeline_extra_params": "{\"replicas\":3}", "provider": "gcp", "cloud_account_id": "my-project",
            "region": "europe-west1", "environment": "production", "cell": "cell-001", "type": "data_pipeline",
            "description": "First line\nsecond line\twith a tab", "notes": "Watch the \"queue\" \\ ünïcödé 🚀",
            "build_uri": "https://ci.example/builds/1?a=b#c", "deployment_uri": "https://runs.example/2",
            "resource": "//container.googleapis.com/x",
        ]

        @Test("It is answered 201 with where it is, and is there: scheduled, automatic, with all that was sent")
        func whole() throws {
            let answer = try queue.post(QueueClient.body(Self.whole.mapValues { JSON.quoted($0) }))
            #expect(answer.status == 201)
            expectCommonForm(answer)
            #expect(answer["Content-Type"] == "application/json")
            let json = try answer.json
            let id = try #require(json.id?.text)
            #expect(id.wholeMatch(of: #/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/#) != nil)
            #expect(answer["Location"] == "/v1/deployments/\(id)")
            #expect(json.names == QueueClient.fields)
            for (name, text) in Self.whole { #expect(json[name]?.text == text, "\(name)") }
            #expect(json.status == "scheduled")
            #expect(json.auto == true)
            #expect(json.trigger == "auto")
            #expect(json.organisation?.text == queue.organisation)
            #expect(json.created_by_actor?.text?.isEmpty == false)
            for name in ["source_deployment_id", "rollback_from_deployment_id"] { #expect(json[name] == .null) }
            #expect(json.created_at?.text?.wholeMatch(of: #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/#) != nil)
            #expect(json.updated_at == json.created_at)
            #expect(try queue.request("GET", answer["Location"] ?? "").json == json)
            #expect(try queue.deployments() == [json])
        }

        @Test("What is required suffices; all else is null, and whoever sends null or an empty text says the same")
        func least() throws {
            let optional = QueueClient.fields.subtracting([
                "id", "created_at", "updated_at", "organisation", "name", "version", "provider", "type", "status",
                "auto", "trigger", "created_by_actor",
            ])
            let settable = Self.whole.keys.filter(optional.contains)
            for value in [nil, "null", "\"\""] {
                let members = Dictionary(uniqueKeysWithValues: settable.map { ($0, value) })
                let answer = try queue.post(QueueClient.body(members))
                #expect(answer.status == 201, "\(answer.text)")
                #expect(try answer.json.names == QueueClient.fields)
                for name in optional { #expect(try answer.json[name] == .null, "\(name)") }
            }
        }

        @Test("With auto:false it is made by hand; true and null are as good as absent")
        func trigger() throws {
            for (value, auto, trigger) in [
                ("false", false, "manual"), ("true", true, "auto"), ("null", true, "auto"), (nil, true, "auto"),
            ] {
                let json = try queue.post(QueueClient.body(["auto": value])).json
                #expect(json.auto == .bool(auto), "\(value ?? "absent")")
                #expect(json.trigger?.text == trigger)
            }
        }

        @Test("What nobody can set is ignored: the status, who has made it, what is not known at all")
        func ignored() throws {
            let before = try #require(try queue.create().id?.text)
            let json = try queue.post(
                QueueClient.body([
                    "status": "\"deployed\"", "trigger": "\"rollback\"", "id": "\"\(before)\"",
                    "created_at": "\"2001-01-01T00:00:00Z\"", "organisation": "\"other\"",
                    "created_by_actor": "\"mallory\"", "created_by_repo": "1", "source_deployment_id": "[]",
                    "rollback_from_deployment_id": "{}", "updated_at": "7", "unknown": #"{"anything":[1,{"x":null}]}"#,
                ])
            ).json
            #expect(json.names == QueueClient.fields)
            #expect(json.status == "scheduled")
            #expect(json.trigger == "auto")
            #expect(json.id?.text != before)
            #expect(json.organisation?.text == queue.organisation)
            #expect(json.created_by_actor != "mallory")
            for name in ["created_by_repo", "source_deployment_id", "rollback_from_deployment_id"] {
                #expect(json[name] == .null)
            }
            #expect(json.created_at?.text?.hasPrefix("2001") == false)
        }

        @Test("Two that say the same are two deployments")
        func twice() throws {
            let ids = try (0..<3).map { _ in try queue.create().id?.text }
            #expect(Set(ids).count == 3)
            #expect(try queue.ids() == ids.reversed().compactMap { $0 })
        }

        @Test("An id that there is none of is 404, whatever it looks like")
        func unknown() throws {
            for id in [
                "6f9619ff-8b86-4011-b42d-00cf4fc964ff", "nope", "0", "-1", "%2e%2e", "a%2Fb", "%F0%9F%9A%80",
                String(repeating: "x", count: 3000),
            ] {
                for path in ["", "/history"] {
                    expectProblem(try queue.request("GET", "\(QueueClient.path)/\(id)\(path)"), 404, "\(id)\(path)")
                }
            }
        }

        @Test("An id is compared with its case")
        func exactID() throws {
            let id = try #require(try queue.create().id?.text)
            expectProblem(try queue.request("GET", "\(QueueClient.path)/\(id.uppercased())"), 404)
            expectProblem(try queue.request("GET", "\(QueueClient.path)/\(id)%20"), 404)
        }
    }
}
