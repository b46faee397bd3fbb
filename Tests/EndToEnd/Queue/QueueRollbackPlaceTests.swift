import TestSupport
import Testing

extension EndToEnd {
    /// `POST /v1/deployments/rollback`: which taxonomy its parameters name.
    @Suite(.origin(environment: QueueClient.settings)) struct QueueRollbackPlaceTests {
        let queue: QueueClient

        init() throws { queue = try Origin.current.queue }

        private func deploy(_ texts: [String: String]) throws {
            for version in ["1.0.0", "1.1.0"] {
                _ = try queue.create(texts.merging(["version": version]) { $1 }, "deployed")
            }
        }

        private func detail(_ query: String, _ fields: [String]) throws -> String {
            let problem = expectProblem(try queue.rollBack(query), 422, fields: fields, "\(query)")
            return problem.detail?.text ?? ""
        }

        @Test("Parameters that are left out take the only value that fits")
        func onlyOne() throws {
            try deploy(["environment": "prod", "region": "r", "cell": "c", "cloud_account_id": "1"])
            try deploy(["name": "api"])
            for query in ["", "&environment=prod", "&cell=c&region=r", "&cloud_account_id=1&x=y"] {
                let answer = try queue.rollBack("name=web&provider=aws" + query)
                #expect(answer.status == 201, "\(query): \(answer.text)")
                #expect(try answer.json.environment == "prod")
                #expect(try answer.json.cell == "c")
            }
            #expect(try queue.rollBack("name=api&provider=aws").json.environment == .null)
        }

        @Test("Where several fit it is 422, and names each parameter that is missing with its values")
        func several() throws {
            try deploy(["environment": "prod", "region": "r", "cell": "a"])
            try deploy(["environment": "prod", "region": "r", "cell": "b"])
            try deploy(["environment": "test", "region": "r", "cell": "a"])
            try deploy(["environment": "test", "region": "r", "provider": "gcp"])
            let before = try queue.ids()
            let both = try detail("name=web&provider=aws", ["environment", "cell"])
            #expect(both.contains("environment has to be given: one of prod, test"))
            #expect(both.contains("cell has to be given: one of a, b"))
            #expect(try detail("name=web&provider=aws&environment=prod", ["cell"]).contains("one of a, b"))
            #expect(try detail("name=web&provider=aws&cell=a", ["environment"]).contains("one of prod, test"))
            #expect(try queue.ids() == before, "nothing is stored")
            // What fits by the others is enough.
            #expect(try queue.rollBack("name=web&provider=aws&environment=test").json.cell == "a")
            #expect(try queue.rollBack("name=web&provider=aws&cell=b").json.environment == "prod")
            #expect(try queue.rollBack("name=web&provider=gcp").json.environment == "test")
        }

        @Test("One that is there without a value names those that have none")
        func absent() throws {
            try deploy(["environment": "prod"])
            try deploy([:])
            let detail = try detail("name=web&provider=aws", ["environment"])
            #expect(detail.contains("one of prod, or nothing (environment=) for those without one"), "\(detail)")
            #expect(try queue.rollBack("name=web&provider=aws&environment=").json.environment == .null)
            #expect(try queue.rollBack("name=web&provider=aws&environment=prod").json.environment == "prod")
            expectProblem(try queue.rollBack("name=web&provider=aws&environment=prod&cell=x"), 404)
        }

        @Test("Of many values the sentence names some")
        func many() throws {
            for index in 10..<40 { _ = try queue.create(["cell": "c\(index)"]) }
            let detail = try detail("name=web&provider=aws", ["cell"])
            #expect(detail.contains("c10, c11"))
            #expect(detail.contains("c29, …"))
            #expect(!detail.contains("c30"))
        }

        @Test("The name and the provider are required, and every parameter that is wrong is named")
        func rules() throws {
            try deploy([:])
            #expect(try detail("", ["name", "provider"]).contains("name is required"))
            #expect(try detail("name=&provider=", ["name", "provider"]).contains("provider is required: one of gcp"))
            #expect(try detail("name=web", ["provider"]).contains("provider is required: one of gcp, aws, azure"))
            #expect(try detail("provider=aws", ["name"]).contains("name is required"))
            #expect(try detail("name=web&provider=AWS", ["provider"]).contains("provider has to be one of gcp, aws"))
            let long = String(repeating: "x", count: 201)
            let all = "name=\(long)&provider=x&environment=%0A&cloud_account_id=\(long)&region=%00&cell=%7F"
            _ = try detail(all, ["name", "provider", "environment", "cloud_account_id", "region", "cell"])
            _ = try detail("name=web&provider=x&target_version=\(long)", ["provider", "target_version"])
            _ = try detail("name=web&provider=aws&target_version=1%0A", ["target_version"])
            expectProblem(try queue.rollBack(id: "none", "target_version=\(long)"), 422, fields: ["target_version"])
            expectProblem(try queue.rollBack("name=%FF&provider=aws"), 400)
            expectProblem(try queue.rollBack("name=%zz&provider=aws"), 400)
        }

        @Test("Values are taken apart as everywhere")
        func encoding() throws {
            try deploy(["name": "web & api=ü", "environment": "a b/c"])
            let answer = try queue.rollBack("name=web+%26%20api%3D%C3%BC&provider=aws&environment=a+b%2Fc")
            #expect(try answer.json.name == "web & api=ü")
        }
    }
}
