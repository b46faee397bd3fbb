import TestSupport
import Testing

extension EndToEnd {
    /// `Link: rel="next"`: a long list, page by page.
    @Suite(.origin(environment: QueueClient.settings)) struct QueuePagingTests {
        let queue: QueueClient

        init() throws { queue = try Origin.current.queue }

        /// The pages from one on, each by the link of the one before.
        private func pages(_ target: String, between: (Int) throws -> Void = { _ in }) throws -> [[JSON]] {
            var next: String? = target
            var pages: [[JSON]] = []
            while let target = next {
                let page = try queue.request("GET", target)
                try #require(page.status == 200, "\(target): \(page.text)")
                pages.append(try page.json.list)
                next = QueueClient.next(page)
                try #require(pages.count < 1000)
                if next != nil { try between(pages.count) }
            }
            return pages
        }

        private func ids(_ pages: [[JSON]]) -> [String] { pages.flatMap { $0 }.compactMap(\.id?.text) }

        @Test(
            "Followed to its end it shows all, newest first, each page as long as was asked for",
            arguments: [1, 7, 10, 29])
        func whole(limit: Int) throws {
            for version in 0..<30 { _ = try queue.create(["version": "\(version)"]) }
            let all = try queue.ids()
            let pages = try pages("\(QueueClient.path)?limit=\(limit)")
            #expect(ids(pages) == all)
            #expect(pages.dropLast().allSatisfy { $0.count == limit })
            #expect(pages.count == (30 + limit - 1) / limit)
        }

        @Test("The link keeps every filter, whatever their values are made of")
        func filters() throws {
            let texts = [
                "name": "web & api=ü/+%?#🚀", "environment": "a b", "cloud_account_id": "<1>", "region": "\"r\"",
                "cell": "c,d;e",
            ]
            for version in 0..<12 {
                _ = try queue.create(texts.merging(["version": "\(version)"]) { $1 })
                _ = try queue.create(["version": "\(version)"])
            }
            let wanted = try queue.deployments().filter { $0.name != "web" }.compactMap(\.id?.text)
            let name = "web+%26+api%3D%C3%BC%2F%2B%25%3F%23%F0%9F%9A%80"
            let query =
                "name=\(name)&environment=a+b&cloud_account_id=%3C1%3E&region=%22r%22&cell=c%2Cd%3Be&provider=aws"
                + "&trigger=auto&status=scheduled"
            let pages = try pages("\(QueueClient.path)?\(query)&limit=5")
            #expect(ids(pages) == wanted)
            #expect(pages.map(\.count) == [5, 5, 2])
            for single in ["name=\(name)", "cell=c%2Cd%3Be", "environment=a+b"] {
                #expect(ids(try self.pages("\(QueueClient.path)?\(single)&limit=5")) == wanted, "\(single)")
            }
        }

        @Test("Each row is shown once while rows are added, and while others become something else")
        func adding() throws {
            for version in 0..<40 { _ = try queue.create(["version": "\(version)"]) }
            let before = try queue.ids()
            var added: [String] = []
            let pages = try pages("\(QueueClient.path)?limit=6") { page in
                for _ in 0..<page { added.append(try queue.create([:], "scheduled")) }
                try queue.move(before[page], "failed")
                try queue.move(before[39 - page], "in_progress")
            }
            #expect(ids(pages) == before)
            #expect(added.count == 21)
            #expect(try queue.ids() == added.reversed() + before)
        }

        @Test("The same while many clients add rows all the time")
        func underLoad() throws {
            for _ in 0..<30 { _ = try queue.create() }
            let before = try queue.ids()
            let queue = queue
            try HTTPClient.concurrently(4) { index in
                guard index == 0 else {
                    for _ in 0..<40 { _ = try queue.create(["cell": "\(index)"]) }
                    return
                }
                for _ in 0..<5 {
                    let shown = ids(try pages("\(QueueClient.path)?limit=7"))
                    #expect(Set(shown).count == shown.count, "a row was shown twice")
                    #expect(Array(shown.suffix(30)) == before, "a row was left out")
                }
            }
            #expect(try queue.ids().count == 150)
        }

        @Test("Where the row of the cursor has become another, a filtered list goes on behind it all the same")
        func vanishing() throws {
            for version in 0..<10 { _ = try queue.create(["cell": "\(version)"]) }
            let before = try queue.ids("status=scheduled")
            let pages = try pages("\(QueueClient.path)?status=scheduled&limit=2") { page in
                try queue.move(before[page * 2 - 1], "failed")
            }
            #expect(ids(pages) == before)
        }

        @Test("A page with rare matches in a long list is whole, and so are those behind it")
        func rare() throws {
            for index in 0..<300 {
                _ = try queue.create([
                    "environment": "e\(index % 2)", "cell": "c\(index % 3)", "region": "r\(index % 5)",
                ])
            }
            let query = "environment=e1&cell=c2&region=r4"
            let wanted = try queue.deployments().filter {
                $0.environment == "e1" && $0.cell == "c2" && $0.region == "r4"
            }
            #expect(wanted.count == 10)
            #expect(try queue.deployments(query) == wanted)
            #expect(try pages("\(QueueClient.path)?\(query)&limit=3").flatMap { $0 } == wanted)
        }
    }
}
