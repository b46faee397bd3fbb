import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Two organisations of one server know nothing of each other.
    @Suite(.origin(workers: 6, environment: Tenant.environment)) struct TenantTests {
        private static let size = 10_000

        @Test(
            "Nothing that one of two organisations with 10,000 deployments each asks for shows or changes the other's")
        func walk() throws {
            let origin = try Origin.current
            let one = Tenant(origin, "Walkers-1")
            let two = Tenant(origin, "walkers-2")
            for client in [one, two] { try client.seed(Self.size) { Self.members($0, of: client) } }
            try walk(one, amongThoseOf: two, origin)
            try walk(two, amongThoseOf: one, origin)
            for client in [one, two] {
                #expect(try QueueInvariants.broken(in: origin.store, organisation: client.organisation).prefix(5) == [])
            }
        }

        @Test(
            "Whoever puts more than a name into the organisation is refused, or has one of that name",
            arguments: [
                "a}:records", "{a}", "a:b", "a b", "a*", "*", "a?", "a[b]", "a\\", "a/b", "a%7D", "ä", "a,b", "",
                String(repeating: "a", count: 101),
            ])
        func names(name: String) throws {
            let origin = try Origin.current
            let victim = Tenant(origin, "a")
            let id = try victim.create().identifier
            let thief = Tenant(origin, name)
            #expect(try thief.request("GET").status == 400)
            #expect(try thief.request("GET", "/\(id)").status == 400)
            #expect(try thief.request("POST", "", Tenant.usual).status == 400)
            #expect(try thief.request("POST", "/claim", [:]).status == 400)
        }

        /// Both have the same taxonomies, and each has some of its own; what is whose is told by the notes.
        private static func members(_ number: Int, of client: Tenant) -> [String: JSON] {
            let own = number % 10 == 0
            return [
                "name": .string(own ? "only-\(client.organisation)" : "service-\(number % 7)"),
                "version": .string(own ? "own-\(client.organisation)-\(number % 3)" : "1.\(number % 50).\(number)"),
                "environment": .string(["production", "staging"][number % 2]),
                "region": .string("region-\(number % 3)"),
                "cell": .string("cell-\(number / 1000)"), "notes": .string("of \(client.organisation)"),
                "auto": .bool(number % 4 != 0),
            ]
        }

        private func walk(_ caller: Tenant, amongThoseOf other: Tenant, _ origin: Origin) throws {
            let theirs = try other.all()
            #expect(theirs.count >= Self.size)
            let before = try origin.store.content(beginning: "queue:{\(other.organisation.lowercased())}:")
            try lists(caller, other, theirs)
            try identifiers(caller, theirs)
            try names(caller, other, theirs)
            try keys(caller, theirs)
            let after = try origin.store.content(beginning: "queue:{\(other.organisation.lowercased())}:")
            #expect(before.map(\.key) == after.map(\.key))
            #expect(zip(before, after).allSatisfy { $0.value == $1.value })
            #expect(before.count > 100)
        }

        /// Every filter with values that both have, and every cursor of the other: all rows are the caller's own.
        private func lists(_ caller: Tenant, _ other: Tenant, _ theirs: [Row]) throws {
            let own = Set(try caller.all().map(\.id))
            let ids = Set(theirs.map(\.id))
            #expect(own.isDisjoint(with: ids))
            func expectOwn(_ query: String) throws {
                let answer = try caller.insist("GET", query)
                #expect(answer.status == 200)
                let rows = try answer.rows
                #expect(rows.allSatisfy { own.contains($0.id) }, "\(query)")
                #expect(rows.allSatisfy { $0.organisation == caller.organisation }, "\(query)")
                #expect(!answer.text.lowercased().contains(other.organisation.lowercased()), "\(query)")
            }
            let filters = [
                "", "name=service-1", "environment=staging", "provider=aws", "cloud_account_id=123456789012",
                "region=region-2", "cell=cell-3", "trigger=manual", "trigger=rollback",
                "name=service-1&environment=staging&region=region-1",
                "name=service-1&environment=staging&region=region-1&cell=cell-1&provider=aws&cloud_account_id=123456789012",
            ]
            for filter in filters {
                for status in [""] + StoredDeployment.statuses {
                    try expectOwn("?limit=1000&\(filter)&status=\(status)")
                    // Theirs go on somewhere; wherever that is, it is among the caller's own.
                    let next = try other.insist("GET", "?limit=3&\(filter)&status=\(status)").next
                    if let next { try expectOwn(next) }
                }
            }
            for name in ["name", "version", "cell"] { try expectOwn("?\(name)=only-\(other.organisation)") }
            #expect(try caller.all("name=only-\(other.organisation)").isEmpty)
        }

        /// Theirs by their ids, in each status: there are none for the caller.
        private func identifiers(_ caller: Tenant, _ theirs: [Row]) throws {
            let byStatus = Dictionary(grouping: theirs, by: \.status)
            #expect(byStatus.count >= 5)
            for deployment in byStatus.values.flatMap({ $0.prefix(8) + $0.suffix(8) }) {
                let (id, version) = (deployment.id, deployment.version)
                let attempts: [(String, String, [String: JSON]?)] = [
                    ("GET", "/\(id)", nil), ("HEAD", "/\(id)", nil), ("GET", "/\(id)/history", nil),
                    ("GET", "/\(id.uppercased())", nil), ("GET", "/%20\(id)", nil), ("GET", "/\(id)%0A", nil),
                    ("PATCH", "/\(id)", ["notes": "stolen"]), ("PATCH", "/\(id)", ["deployment_uri": "stolen"]),
                    ("POST", "/\(id)/rollback", nil), ("POST", "/\(id)/rollback?target_version=\(version)", nil),
                ]
                for (method, path, body) in attempts {
                    let answer = try caller.insist(method, path, body)
                    #expect(answer.status == 404, "\(method) \(path)")
                    #expect(!answer.text.contains(version), "\(method) \(path): \(answer.text)")
                }
                for status in StoredDeployment.statuses {
                    #expect(try caller.insist("PATCH", "/\(id)", ["status": .string(status)]).status == 404)
                }
            }
        }

        /// Names and versions that only the other has, and taxonomies that both have.
        private func names(_ caller: Tenant, _ other: Tenant, _ theirs: [Row]) throws {
            let name = "only-\(other.organisation)"
            #expect(try caller.insist("POST", "/claim", ["name": .string(name)]).status == 204)
            for query in ["", "&environment=production&region=region-0&cell=cell-0"] {
                #expect(try caller.insist("POST", "/rollback?name=\(name)&provider=aws\(query)").status == 404)
            }
            let ids = Set(theirs.map(\.id))
            let own = try #require(try caller.insist("GET", "?status=deployed&name=service-1&limit=1").rows.first)
            for target in ["own-\(other.organisation)-0", "own-\(other.organisation)-1"] {
                #expect(
                    try caller.insist("POST", "/\(own.id)/rollback?target_version=\(target)").status == 404)
            }
            var rollbacks = 0
            for number in 0..<60 {
                let taxonomy =
                    "name=service-\(number % 7)&provider=aws&environment=\(["production", "staging"][number % 2])"
                    + "&region=region-\(number % 3)&cell=cell-\(number % 10)&cloud_account_id=123456789012"
                let answer = try caller.insist("POST", "/rollback?\(taxonomy)")
                #expect([201, 404].contains(answer.status), "\(answer.text)")
                guard answer.status == 201 else { continue }
                rollbacks += 1
                let json = try answer.json
                #expect(!ids.contains(json.source_deployment_id?.text ?? ""))
                #expect(!ids.contains(json.rollback_from_deployment_id?.text ?? ""))
            }
            #expect(rollbacks > 0)
            // Several fit: they are named, and they are the caller's.
            let ambiguous = try caller.insist("POST", "/rollback?name=only-\(caller.organisation)&provider=aws")
            #expect(ambiguous.status == 422)
            #expect(!ambiguous.text.contains(other.organisation))
        }

        /// Keys that the other has used are the caller's to use.
        private func keys(_ caller: Tenant, _ theirs: [Row]) throws {
            let ids = Set(theirs.map(\.id))
            for number in [3, 7, 101] {
                // Another body than either of them has sent with that key: the caller's own is in the way, no other.
                let body = Tenant.usual.merging(["version": "another"]) { $1 }
                #expect(try caller.insist("POST", "", body, key: "key-\(number)").status == 422)
                let same = Tenant.usual.merging(Self.members(number, of: caller)) { $1 }
                let again = try caller.insist("POST", "", same, key: "key-\(number)")
                #expect(again.status == 201)
                #expect(!ids.contains(try again.json.identifier))
            }
            let other = try caller.insist("POST", "", Tenant.usual, key: "fresh")
            #expect(other.status == 201)
            for path in ["/claim", "/claim"] {
                let claimed = try caller.insist("POST", path, ["name": "service-2"], key: "claim")
                #expect(claimed.status == 200)
                #expect(!ids.contains(try claimed.json.identifier))
            }
        }
    }
}
