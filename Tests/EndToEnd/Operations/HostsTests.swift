import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// What hosts tell each other.
    @Suite struct HostsTests {
        private static func pids(_ processes: [JSON], of host: String) -> Set<pid_t> {
            Set(processes.filter { $0.host?.text == host }.compactMap { $0.pid?.integer.map { pid_t($0) } })
        }

        @Test func everyHostShowsTheWorkersOfAll() async throws {
            try await withHosts { north, south throws in
                for site in [north, south] {
                    let isComplete = try eventually { try site.processes().count == 4 }
                    #expect(isComplete)
                    for role in ["worker", "agent"] {
                        let processes = try site.processes(role)
                        #expect(Self.pids(processes, of: "north") == Set(north.pool.children(role)))
                        #expect(Self.pids(processes, of: "south") == Set(south.pool.children(role)))
                        for process in processes {
                            let names: Set = [
                                "host", "pid", "role", "state", "requests", "uptime_s", "route", "route_s",
                                "private_memory_bytes",
                            ]
                            #expect(process.names == names)
                            #expect(process.role?.text == role)
                            #expect(process.private_memory_bytes?.integer ?? 0 > 0)
                        }
                    }
                    // A host's own health is of its own workers.
                    #expect(try site.http.get("/healthz").json.workers?.total == 2)
                }
            }
        }

        @Test func metricsSumTheWorkersOfAllHosts() async throws {
            try await withHosts { north, south throws in
                func workers(_ site: Site) throws -> Double {
                    Samples(try site.http.get("/metrics").text).values
                        .filter { $0.key.hasPrefix("chimney_workers{") }.values.reduce(0, +)
                }
                #expect(try eventually { try workers(north) == 4 })
                #expect(try eventually { try workers(south) == 4 })
            }
        }

        @Test func aHostThatStopsIsGoneAtOnce() async throws {
            try await withHosts { north, south throws in
                #expect(try eventually { try south.processes().count == 4 })
                north.pool.stop()
                #expect(try eventually { try south.processes().count == 2 })
            }
        }

        @Test func whatNobodyRenewsIsIgnoredAndInTheEndRemoved() async throws {
            try await withOrigin { origin in
                let now = Int(Date().timeIntervalSince1970) * 1000
                let day = 86_400_000
                let times = [
                    "fresh": now - 2000, "late": now - 20_000, "early": now + 20_000, "old": now - day - 60_000,
                    "future": now + 2 * day,
                ]
                let process = """
                    {"host":"away","pid":1,"role":"worker","state":"idle","requests":0,"uptime_s":0,"route":null,\
                    "route_s":null,"private_memory_bytes":null}
                    """
                let key = origin.store.key("workers")
                for (host, time) in times {
                    try origin.store.run("HSET", key, host, #"{"time":\#(time),"processes":[\#(process)]}"#)
                }
                try origin.store.run("HSET", key, "newer", #"{"time":\#(now),"pools":[]}"#)
                try origin.store.run("HSET", key, "nonsense", "{")
                let workers = try origin.get("/api/pool/status").json.workers?.list ?? []
                #expect(workers.count { $0.host == "away" } == 1)
                #expect(workers.count == 5)
                // An agent looks for such as it begins, and every 15 s.
                kill(try #require(value { origin.pool.agents.first }), SIGKILL)
                let isSwept = try eventually {
                    let hosts = try origin.store.run("HKEYS", key).array.compactMap(\.string)
                    return Set(hosts).isDisjoint(with: ["old", "future", "nonsense"])
                }
                #expect(isSwept)
                // A clock that is off, or a chimney of another version, is no reason: its host renews it.
                let left = try origin.store.run("HKEYS", key).array.compactMap(\.string)
                #expect(Set(left).isSuperset(of: ["fresh", "late", "early", "newer"]))
            }
        }

        @Test func withoutTheStoreAHostShowsItself() async throws {
            let server = try StoreServer()
            try await withOrigin(server: server) { origin in
                #expect(try eventually { try origin.store.run("HLEN", origin.store.key("workers")).integer == 1 })
                server.stop()
                #expect(try origin.get("/api/pool/status").json.workers?.list.count == 4)
                try server.start()
                // The agent goes on by itself.
                let isBack = eventually {
                    (try? origin.store.run("HLEN", origin.store.key("workers")).integer) == 1
                }
                #expect(isBack)
            }
        }
    }
}
