import TestSupport
import Testing

extension EndToEnd {
    /// `GET /v1/deployments`: which deployments a list has, and in which order.
    @Suite(.origin(environment: QueueClient.settings)) struct QueueListTests {
        let origin: Origin
        let queue: QueueClient

        init() throws {
            origin = try .current
            queue = origin.queue
        }

        private static let filters = [
            "status", "name", "environment", "provider", "cloud_account_id", "region", "cell", "trigger",
        ]

        @Test("It is a bare array, empty at first, the newest first")
        func order() throws {
            let empty = try queue.list("")
            #expect(empty.text == "[]")
            expectCommonForm(empty)
            #expect(empty["Content-Type"] == "application/json")
            #expect(empty["Link"] == nil)
            var ids: [String] = []
            for version in 0..<10 { ids.insert(try queue.create(["version": "\(version)"], "scheduled"), at: 0) }
            // What becomes of them does not move them.
            try queue.move(ids[9], "deployed")
            try queue.move(ids[5], "failed")
            let list = try queue.list("")
            #expect(try list.json.list.compactMap(\.id?.text) == ids)
            #expect(list["Link"] == nil)
            for row in try list.json.list {
                #expect(row.names == QueueClient.fields)
                #expect(try queue.deployment(try #require(row.id?.text)) == row)
            }
        }

        /// Deployments that differ in everything that can be asked for, absent values included.
        private func fill() throws -> [JSON] {
            let places: [[String: String]] = [
                ["name": "web", "environment": "prod", "provider": "aws", "region": "eu-1", "cell": "a"],
                ["name": "web", "environment": "prod", "provider": "aws", "region": "eu-1", "cell": "b"],
                ["name": "web", "environment": "test", "provider": "gcp", "cloud_account_id": "one"],
                ["name": "api & co", "environment": "prod", "provider": "gcp", "cloud_account_id": "two=2"],
                ["name": "api & co", "environment": "prüf/ung", "provider": "azure", "region": "eu-1", "cell": "a"],
                ["name": "api", "provider": "azure"],
            ]
            for (place, texts) in places.enumerated() {
                for (index, status) in QueueClient.statuses.enumerated() {
                    let version = ["version": "\(index).\(place).0"]
                    let members = texts.merging(version) { $1 }.mapValues { Optional(JSON.quoted($0)) }
                    let body = QueueClient.body(members.merging(["auto": "\(index % 2 == 0)"]) { $1 })
                    let id = try #require(try queue.post(body).json.id?.text)
                    if status == "rolled_back" { try queue.move(id, "deployed") }
                    if status != "scheduled" { try queue.move(id, status) }
                }
            }
            for texts in places[..<2] {
                let id = try queue.create(texts.merging(["version": "7.0.0"]) { $1 }, "deployed")
                #expect(try queue.rollBack(id: id).status == 201)
            }
            return try queue.deployments()
        }

        private static func query(_ values: [(String, String)]) -> String {
            values.map { name, value in
                let encoded = value.utf8.map { byte in
                    let digits = String(byte, radix: 16, uppercase: true)
                    return byte < 0x80 && Character(Unicode.Scalar(byte)).isLetter
                        ? String(Unicode.Scalar(byte)) : "%" + (digits.count < 2 ? "0" : "") + digits
                }
                return "\(name)=\(encoded.joined())"
            }.joined(separator: "&")
        }

        @Test("Every filter alone, every pair of them, and all of them find what they have to, and nothing else")
        func filters() throws {
            let rows = try fill()
            #expect(rows.count == 40)
            var asked: Set<String> = []
            func check(_ names: [String], of row: JSON) throws {
                let values = names.compactMap { name in row[name]?.text.map { (name, $0) } }
                let query = Self.query(values)
                guard values.count == names.count, asked.insert(query).inserted else { return }
                let expected = rows.filter { row in values.allSatisfy { row[$0]?.text == $1 } }
                #expect(try queue.deployments(query) == expected, "\(query)")
            }
            for row in rows {
                for (index, first) in Self.filters.enumerated() {
                    try check([first], of: row)
                    for second in Self.filters[(index + 1)...] { try check([first, second], of: row) }
                    try check(Self.filters.filter { $0 != first }, of: row)
                }
                try check(Self.filters.filter { row[$0] != .null }, of: row)
                try check(["name", "environment", "provider"], of: row)
                try check(["status", "name", "environment", "provider"], of: row)
            }
            #expect(asked.count > 150)
        }

        @Test(
            "Values that no deployment has find nothing, one without a value is as good as none, and others are ignored"
        )
        func strange() throws {
            _ = try fill()
            let all = try queue.ids()
            for query in [
                "name=WEB", "name=we", "name=web%20", "name=*", "environment=PROD", "cell=a%2A", "region=null",
            ] {
                #expect(try queue.ids(query).isEmpty, "\(query)")
            }
            for query in [
                "", "name=", "status=&trigger=", "provider", "version=1", "x=y&type=k8s", "organisation=other",
            ] {
                #expect(try queue.ids(query) == all, "\(query)")
            }
            #expect(try queue.ids("name=api+%26+co") == queue.ids("name=api%20%26%20co"))
            #expect(try queue.ids("name=api&name=web") == queue.ids("name=api"), "the first one counts")
        }

        @Test(
            "What nothing can be is 400, and the sentence says what can",
            arguments: [
                ("status=done", "status to one of scheduled, in_progress, deployed, skipped, failed, rolled_back"),
                ("status=Deployed", "status to one of scheduled"), ("status=deployed%20", "status to one of scheduled"),
                ("status=scheduled,failed", "status to one of scheduled"),
                ("provider=AWS", "provider to one of gcp, aws, azure"),
                ("trigger=webhook", "trigger to one of auto, manual, rollback"), ("name=%00", "name to a text"),
                ("cell=a%0Ab", "cell to a text"), ("name=%FF", "percent-encoding"), ("name=%zz", "percent-encoding"),
                ("limit=0", "limit to a whole number from 1 to 1000"),
                ("limit=1001", "limit to a whole number from 1 to 1000"),
                ("limit=abc", "limit to a whole number"), ("limit=-1", "limit to a whole number"),
                ("limit=1.5", "limit to a whole number"), ("limit=", "limit to a whole number"),
                ("limit=99999999999999999999", "limit to a whole number"), ("cursor=%20", "cursor to the one"),
                ("cursor=-1", "cursor to the one"), ("cursor=0", "cursor to the one"),
                ("cursor=Zz", "cursor to the one"),
                ("cursor=zzzzzzzzzzzzzzzzzzzzzzzzz", "cursor to the one"),
            ])
        func refused(query: String, sentence: String) throws {
            let problem = expectProblem(try queue.list(query), 400, "\(query)")
            #expect(problem.detail?.text?.contains(sentence) == true, "\(problem)")
        }

        @Test("A value of any filter may be as long as a field's, and no longer")
        func length() throws {
            for name in ["name", "environment", "cloud_account_id", "region", "cell"] {
                #expect(try queue.list("\(name)=" + String(repeating: "x", count: 200)).text == "[]")
                expectProblem(try queue.list("\(name)=" + String(repeating: "x", count: 201)), 400, "\(name)")
            }
        }

        @Test("There are 100 where nothing is said, and as many as are asked for, from 1 to 1000")
        func limits() throws {
            for version in 0..<101 { _ = try queue.create(["version": "\(version)"]) }
            let all = try queue.list("limit=1000")
            #expect(try all.json.list.count == 101)
            #expect(all["Link"] == nil)
            let whole = try queue.list("limit=101")
            #expect(whole.body == all.body)
            #expect(whole["Link"] == nil)
            for (query, count) in [("", 100), ("limit=100", 100), ("limit=1", 1), ("limit=007", 7)] {
                let page = try queue.list(query)
                #expect(try page.json.list == Array(all.json.list.prefix(count)), "\(query)")
                #expect(QueueClient.next(page) != nil, "\(query): \(page["Link"] ?? "no Link")")
            }
        }
    }
}
