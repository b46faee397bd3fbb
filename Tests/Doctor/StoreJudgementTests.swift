import Testing

@testable import Doctor

@Suite("What is wrong with a store") struct StoreJudgementTests {
    private func info(_ fields: String...) -> StoreInfo { StoreInfo(fields.joined(separator: "\r\n")) }

    private func severity(_ verdict: Verdict) -> Finding.Severity? { verdict.findings.map(\.severity).max() }

    @Test("What INFO answers is read by its lines")
    func reading() {
        let info = info("# Server", "redis_version:7.0.15", "maxmemory:0", "empty:", "odd", "a:b:c")
        #expect(info.kind == .redis)
        #expect(info.version == Version([7, 0, 15]))
        #expect(info.number("maxmemory") == 0)
        #expect(info["empty"] == nil)
        #expect(info["a"] == "b:c")
    }

    @Test(
        "Dragonfly from 1.38.2 on, Redis from 7 on",
        arguments: [
            ("redis_version:7.0.0", true), ("redis_version:6.2.14", false), ("redis_version:10.0.0", true),
            ("redis_version:7.4.0\ndragonfly_version:df-v1.38.2", true),
            ("redis_version:7.4.0\ndragonfly_version:df-v1.38.1", false),
            ("redis_version:7.4.0\ndragonfly_version:df-v1.9.0", false),
            ("redis_version:7.4.0\ndragonfly_version:df-v1.40.1-abc", true),
        ])
    func versions(_ text: String, _ isRight: Bool) {
        #expect(StoreJudgement.version(StoreInfo(text)).findings.isEmpty == isRight)
    }

    @Test("A store that throws keys away is a fault")
    func eviction() {
        let redis = info("redis_version:7.0.15", "maxmemory_policy:allkeys-lru")
        #expect(severity(StoreJudgement.eviction(redis, policy: "noeviction")) == nil)
        #expect(severity(StoreJudgement.eviction(redis, policy: "volatile-ttl")) == .fault)
        // CONFIG may be forbidden.
        #expect(severity(StoreJudgement.eviction(redis, policy: nil)) == .fault)
        let dragonfly = "dragonfly_version:df-v1.40.1"
        #expect(severity(StoreJudgement.eviction(info(dragonfly, "cache_mode:store"), policy: nil)) == nil)
        #expect(severity(StoreJudgement.eviction(info(dragonfly, "cache_mode:cache"), policy: nil)) == .fault)
        guard case .skipped = StoreJudgement.eviction(info(dragonfly), policy: nil) else {
            Issue.record("it is judged by nothing")
            return
        }
    }

    @Test(
        "Memory has a bound, and room",
        arguments: [
            (0, 1000, Finding.Severity.warning), (1000, 100, nil), (1000, 900, nil), (1000, 950, .warning),
            (1000, 1000, .fault), (1000, 2000, .fault),
        ] as [(Int, Int, Finding.Severity?)])
    func memory(_ bound: Int, _ used: Int, _ expected: Finding.Severity?) {
        #expect(severity(StoreJudgement.memory(info("maxmemory:\(bound)", "used_memory:\(used)"))) == expected)
    }

    @Test("Something of it is on disk")
    func snapshots() {
        let redis = info("redis_version:7.0.15")
        #expect(severity(StoreJudgement.snapshots(redis, .init(save: "", appendOnly: "no"))) == .fault)
        #expect(severity(StoreJudgement.snapshots(redis, .init(save: "60 1", appendOnly: "no"))) == nil)
        #expect(severity(StoreJudgement.snapshots(redis, .init(save: "", appendOnly: "yes"))) == nil)
        let dragonfly = info("dragonfly_version:df-v1.40.1")
        #expect(severity(StoreJudgement.snapshots(dragonfly, .init(cron: "* * * * *", file: "dump"))) == nil)
        #expect(severity(StoreJudgement.snapshots(dragonfly, .init(cron: nil, file: "dump"))) == nil)
        #expect(severity(StoreJudgement.snapshots(dragonfly, .init(cron: "", file: "dump"))) == .fault)
        #expect(severity(StoreJudgement.snapshots(dragonfly, .init(cron: "* * * * *", file: ""))) == .fault)
    }

    @Test("A snapshot that could not be written is a fault")
    func lastSnapshot() {
        #expect(severity(StoreJudgement.lastSnapshot(info("rdb_last_bgsave_status:ok"))) == nil)
        #expect(severity(StoreJudgement.lastSnapshot(info("rdb_last_bgsave_status:err"))) == .fault)
        let dragonfly = "dragonfly_version:df-v1.40.1"
        #expect(
            severity(StoreJudgement.lastSnapshot(info(dragonfly, "last_success_save:9", "last_failed_save:5"))) == nil)
        #expect(
            severity(StoreJudgement.lastSnapshot(info(dragonfly, "last_success_save:5", "last_failed_save:9")))
                == .fault)
    }

    @Test(
        "Latency, in microseconds",
        arguments: [(80, nil), (5_000, nil), (5_001, .warning), (50_001, .fault)] as [(UInt64, Finding.Severity?)])
    func latency(_ median: UInt64, _ expected: Finding.Severity?) {
        #expect(severity(StoreJudgement.latency(median)) == expected)
    }

    @Test(
        "Clocks, in milliseconds",
        arguments: [(0, nil), (2_000, nil), (-2_001, .warning), (31_000, .fault), (-40_000, .fault)]
            as [(Int64, Finding.Severity?)])
    func clocks(_ ahead: Int64, _ expected: Finding.Severity?) {
        let verdict = StoreJudgement.clock(ahead, of: "the store's")
        #expect(severity(verdict) == expected)
        if let found = verdict.findings.first?.found { #expect(found.contains(ahead > 0 ? "behind" : "ahead of")) }
    }
}
