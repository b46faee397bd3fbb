import Dragonfly
import Essentials
import TestSupport
import Testing

@testable import Operations

/// The checks of an origin as the store keeps them.
@Suite struct OriginHistoryTests {
    private let stores: TestStore
    private let store: Store
    private let history = OriginHistory(origin: "https://a.example")

    init() throws {
        stores = try TestStore()
        store = Store(url: try #require(StoreURL(stores.url)), prefix: stores.prefix, timeout: 5000)
    }

    private func check(_ number: Int, isUp: Bool = true) -> OriginCheck {
        OriginCheck(
            time: Timestamp(milliseconds: 1_771_668_780_000 + Int64(number)), status: isUp ? 200 : 500,
            latency: 1500, error: isUp ? nil : "it answers with 500")
    }

    private func summary() throws -> OriginHistory.Summary {
        OriginHistory.summary(try store.run(history.command(store)))
    }

    @Test("Before the first check nothing is known")
    func empty() throws {
        let summary = try summary()
        #expect(summary.checks == 0)
        #expect(summary.state == .unknown)
        #expect(summary.newest.isEmpty)
        #expect(summary.last == nil)
    }

    @Test("Two failures in a row make it down, one success up")
    func states() throws {
        typealias State = OriginHistory.State
        let steps: [(isUp: Bool, before: State, after: State)] = [
            (false, .unknown, .unknown), (false, .unknown, .down), (true, .down, .up), (false, .up, .up),
            (true, .up, .up), (false, .up, .up), (false, .up, .down), (false, .down, .down), (true, .down, .up),
        ]
        for (number, step) in steps.enumerated() {
            let change = try history.add(check(number, isUp: step.isUp), to: store)
            #expect(change == OriginHistory.Change(before: step.before, after: step.after), "step \(number)")
            #expect(try summary().state == step.after)
        }
        let summary = try summary()
        #expect(summary.checks == steps.count)
        #expect(summary.passed == steps.filter(\.isUp).count)
        #expect(summary.newest.first == check(steps.count - 1).json)
        #expect(summary.newest.last == check(0, isUp: false).json)
        #expect(summary.last?.time == "2026-02-21T10:13:00.008Z")
        #expect(summary.last?.latency == 1.5)
    }

    @Test("A check that is added twice counts once, and is told the same")
    func repetition() throws {
        _ = try history.add(check(1), to: store)
        for _ in 0..<2 { #expect(try history.add(check(2, isUp: false), to: store).after == .up) }
        for _ in 0..<2 {
            let change = try history.add(check(3, isUp: false), to: store)
            #expect(change == OriginHistory.Change(before: .up, after: .down))
        }
        #expect(try summary().checks == 3)
    }

    @Test("A thousand checks are kept, and counted as they come and go")
    func bound() throws {
        // The first ten have failed, and leave one by one.
        for number in 0..<1000 { _ = try history.add(check(number, isUp: number >= 10), to: store) }
        #expect(try summary().checks == 1000)
        #expect(try summary().passed == 990)
        for number in 1000..<1005 { _ = try history.add(check(number), to: store) }
        #expect(try summary().passed == 995)
        for number in 1005..<1020 { _ = try history.add(check(number, isUp: number % 2 == 0), to: store) }
        let summary = try summary()
        #expect(summary.checks == 1000)
        #expect(summary.passed == 992)
        #expect(summary.newest.count == OriginHistory.shown)
        #expect(try stores.run("LLEN", stores.key(history.key)).integer == 1000)
        #expect(try stores.run("PTTL", stores.key(history.key)).integer ?? 0 > 0)
    }

    @Test("A check as clients get it")
    func json() {
        #expect(
            String(decoding: check(0).json, as: UTF8.self)
                == #"{"time":"2026-02-21T10:13:00.000Z","up":true,"status":200,"latency_ms":1.5,"error":null}"#)
        let failed = OriginCheck(time: Timestamp(milliseconds: 0), error: "Connection refused")
        #expect(
            String(decoding: failed.json, as: UTF8.self)
                == #"{"time":"1970-01-01T00:00:00.000Z","up":false,"status":null,"latency_ms":null,"error":"Connection refused"}"#
        )
    }
}
