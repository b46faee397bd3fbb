import TestSupport
import Testing

extension EndToEnd {
    /// Every rule for the fields of `POST /v1/deployments`, with values just inside and just outside.
    @Suite(.origin(environment: QueueClient.settings)) struct QueueFieldTests {
        let queue: QueueClient

        init() throws { queue = try Origin.current.queue }

        /// Texts in one line, by how many characters they may have.
        private static let lines = [
            ("name", 200), ("version", 200), ("commit_sha", 200), ("cloud_account_id", 200), ("region", 200),
            ("environment", 200), ("cell", 200), ("build_uri", 2000), ("deployment_uri", 2000), ("resource", 2000),
        ]
        /// Texts of any characters.
        private static let texts = [("description", 4000), ("notes", 4000), ("pipeline_extra_params", 10_000)]

        static let accepted: [Member] =
            lines.flatMap { name, limit in
                [
                    Member(name, "\"x\""), Member(name, "\" \""), Member(name, Member.quoted("x", limit)),
                    Member(name, Member.quoted("🚀", limit)), Member(name, #""a \"b\" \\ / : & = % + <é>""#),
                ]
            }
            + texts.flatMap { name, limit in
                [
                    Member(name, Member.quoted("x", limit)), Member(name, Member.quoted("🚀", min(limit, 4000))),
                    Member(name, #""a\nb\r\n\tc\u0001\u2028""#), Member(name, "\"null\""),
                ]
            }
            + ["gcp", "aws", "azure"].map { Member("provider", "\"\($0)\"") }
            + ["k8s", "terraform", "data_pipeline"].map { Member("type", "\"\($0)\"") }
            + ["1.2.3", "v1.2.3", "1.0.0-rc.1+build.5", "latest", "2026-02-21", "1.2.3.4", "01.2.3", "💥"].map {
                Member("version", "\"\($0)\"")
            }

        @Test(arguments: accepted) func accepts(_ member: Member) throws {
            let answer = try queue.post(QueueClient.body(member.changes))
            #expect(answer.status == 201, "\(answer.text)")
            let sent = try JSON(parsing: (member.changes[member.name] ?? "").map { Array($0.utf8) } ?? [])
            #expect(try answer.json[member.name] == sent)
            #expect(try queue.deployments() == [try answer.json], "as it was answered")
        }

        static let rejected: [Member] =
            lines.flatMap { name, limit in
                [
                    Member(name, Member.quoted("x", limit + 1)), Member(name, Member.quoted("🚀", limit + 1)),
                    Member(name, #""a\nb""#), Member(name, #""a\tb""#), Member(name, #""a\u0000""#),
                    Member(name, #""\u007f""#), Member(name, #""\u0085""#), Member(name, "1"), Member(name, "true"),
                    Member(name, "[\"x\"]"), Member(name, "{}"),
                ]
            }
            + texts.flatMap { name, limit in
                [
                    Member(name, Member.quoted("x", limit + 1)), Member(name, "1"), Member(name, "false"),
                    Member(name, "[\"x\"]"), Member(name, #"{"replicas":3}"#),
                ]
            }
            + ["name", "version", "provider", "type"].flatMap { name in
                [nil, "null", "\"\""].map { Member(name, $0) }
            }
            + ["provider", "type"].flatMap { name in
                ["\"AWS\"", "\"K8s\"", "\"other\"", "\" aws\"", "1", "true", "[\"aws\"]", "{}"].map { Member(name, $0) }
            }
            + ["\"true\"", "\"\"", "0", "1", "[]", "{}"].map { Member("auto", $0) }

        @Test(arguments: rejected) func rejects(_ member: Member) throws {
            expectProblem(try queue.post(QueueClient.body(member.changes)), 422, fields: [member.name])
            #expect(try queue.deployments().isEmpty, "nothing is stored")
        }

        @Test("All that never changes has 16 KiB as JSON, however it is divided")
        func together() throws {
            let (long, short) = (Member.quoted("🚀", 3000), Member.quoted("🚀", 900))
            #expect(
                try queue.post(QueueClient.body(["pipeline_extra_params": long, "description": short])).status == 201)
            let answer = try queue.post(QueueClient.body(["pipeline_extra_params": long, "description": long]))
            let problem = expectProblem(answer, 422, fields: ["pipeline_extra_params"])
            #expect(problem.detail?.text?.contains("together with the other texts: they may have 16 KiB") == true)
            #expect(try queue.deployments().count == 1)
            // What can be changed counts for itself.
            let notes = try queue.post(QueueClient.body(["pipeline_extra_params": long, "notes": long]))
            #expect(notes.status == 201)
        }

        @Test func namesEveryBadFieldAtOnce() throws {
            let names = (Self.lines + Self.texts).map(\.0) + ["provider", "type", "auto"]
            let bad = Dictionary(uniqueKeysWithValues: names.map { ($0, Optional("[]")) })
            expectProblem(try queue.post(QueueClient.body(bad)), 422, fields: names)
            expectProblem(try queue.post("{}"), 422, fields: ["name", "version", "provider", "type"])
            #expect(try queue.deployments().isEmpty)
        }

        @Test(
            "The sentence names what is wrong as well, for clients that show nothing else, and says what would be right"
        )
        func sentence() throws {
            func detail(_ members: [String: String?]) throws -> String {
                expectProblem(try queue.post(QueueClient.body(members)), 422).detail?.text ?? ""
            }
            #expect(
                try detail(["provider": "\"AWS\""]) == "Correct the request: provider has to be one of gcp, aws, azure."
            )
            #expect(
                try detail(["provider": nil]) == "Correct the request: provider is required: one of gcp, aws, azure.")
            #expect(
                try detail(["name": "\"a\\nb\""]).hasPrefix("Correct the request: name has to be a text of 1 to 200"))
            #expect(try detail(["name": "\"\""]).hasPrefix("Correct the request: name is required: a text of 1 to 200"))
            #expect(try detail(["auto": "1"]) == "Correct the request: auto has to be true or false.")
            let both = try detail(["auto": "1", "type": "\"x\""])
            #expect(both.contains("auto has to be true or false") && both.contains("type has to be one of k8s, "))
        }
    }
}
