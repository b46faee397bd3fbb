import Dragonfly
import Essentials
import Glibc
import Logging
import TestSupport
import Testing

@testable import FastCGI
@testable import Telemetry

/// What a process collects, with a real store at the other end.
@Suite struct RecorderTests {
    private let server: StoreServer
    private let board: Scoreboard
    private let catalogue = Catalogue(routes: ["/a"])
    private static let ok = #"chimney_requests_total{route="/a",status_class="2xx"}"#

    init() throws {
        server = try StoreServer()
        board = try Scoreboard(slots: 4)
    }

    private func recorder(
        slot: Int = 0, level: Logger.Level = .info, pooled: Bool = true, exportHost: String? = nil, patience: Int = 5000
    ) throws -> Recorder {
        let store = Store(url: try #require(StoreURL(server.url)), timeout: patience)
        if pooled { board.slots[slot].pid = getpid() }
        return Recorder(
            catalogue: catalogue, slot: pooled ? board.slots[slot] : .unshared(), board: pooled ? board : nil,
            store: store, host: "here", level: level, exportHost: exportHost)
    }

    private func record(_ id: String, status: Int = 200) -> RequestRecord {
        var record = RequestRecord()
        record.route = 0
        record.path = "/a"
        record.status = status
        record.requestID = id
        return record
    }

    private var log: [JSON] {
        get throws {
            try server.run("LRANGE", "chimney:{telemetry}:log", "0", "-1").array.compactMap(\.bytes).reversed()
                .map { try JSON(parsing: $0) }
        }
    }

    private func count(_ sample: String) throws -> Int64 {
        try server.run("HGET", "chimney:{telemetry}:counters", sample).integer ?? 0
    }

    @Test("Requests and log records reach the ring in their order, and the counters")
    func flush() throws {
        let recorder = try recorder()
        recorder.record(record("1"))
        recorder.current = ("2", "trace", "span")
        recorder.log(.warning, "careful", label: "lib", members: [("k", "v\"w")])
        recorder.current = nil
        recorder.record(record("2"))
        recorder.flush()
        let lines = try log
        #expect(lines.map { $0.msg?.text } == ["request", "careful", "request"])
        #expect(lines[1].request_id?.text == "2")
        #expect(lines[1].logger?.text == "lib")
        #expect(lines[1].k?.text == "v\"w")
        #expect(lines.compactMap { $0.id?.integer }.count == 3)
        #expect(try count(Self.ok) == 2)
        #expect(recorder.idle() == nil)
    }

    @Test("What a capability counts reaches the store, also through whoever gets the slot next")
    func counters() throws {
        let first = try recorder()
        first.count(.cacheInvalidations, by: 7)
        first.count(.githubFetchesOK)
        first.count(.githubFetchesOK, by: 0)
        try recorder().reportPredecessor()
        #expect(try count("chimney_cache_invalidations_total") == 7)
        #expect(try count(#"chimney_github_fetches_total{outcome="ok"}"#) == 1)
        let second = try recorder()
        second.count(.cacheInvalidations)
        #expect(eventually { second.idle() == nil })
        #expect(try count("chimney_cache_invalidations_total") == 8)
    }

    @Test("What fills the backlog between two flushes goes to the store, and nothing is dropped")
    func fullBacklog() throws {
        let recorder = try recorder()
        let text = String(repeating: "x", count: 4000)
        for _ in 0..<60 { recorder.event(EventType("test")) { $0.member("text", text) } }
        recorder.flush()
        #expect(try server.run("LLEN", "chimney:{telemetry}:events").integer == 60)
        #expect(try count("chimney_log_dropped_total") == 0)
        // Lines go to standard error as well, and count as dropped if nobody reads that at the moment.
        for number in 0..<60 { recorder.log(.info, "\(number) \(text)", label: nil) }
        recorder.flush()
        #expect(try log.compactMap { $0.msg?.text?.split(separator: " ").first } == (0..<60).map { "\($0)" })
    }

    @Test("Below the level a request is exported as a span, and is in no log")
    func spanAlone() throws {
        let recorder = try recorder(level: .error, exportHost: "here")
        recorder.record(record("1"))
        recorder.record(record("2", status: 500))
        recorder.flush()
        #expect(try log.map { $0.request_id?.text } == ["2"])
        #expect(try count(Self.ok) == 1)
        let outbox = try server.run("LRANGE", "chimney:{telemetry}:outbox", "0", "-1").array.compactMap(\.bytes)
            .map { try JSON(parsing: $0) }
        let spanAlone = try #require(outbox.first { $0.request_id == "1" })
        #expect(spanAlone.level == nil)
        #expect(spanAlone.msg == "request")
        #expect(spanAlone.host == "here")
        #expect(outbox.first { $0.request_id == "2" }?.level == "error")
    }

    @Test("Below the level nothing is written, and requests are counted all the same")
    func level() throws {
        let recorder = try recorder(level: .error)
        recorder.record(record("1"))
        recorder.log(.warning, "quiet", label: nil)
        recorder.record(record("2", status: 500))
        recorder.flush()
        #expect(try log.map { $0.request_id?.text } == ["2"])
        #expect(try count(Self.ok) == 1)
    }

    @Test("A busy process sends when there is much")
    func batches() throws {
        let recorder = try recorder()
        for number in 1..<Recorder.batchSize {
            recorder.record(record("\(number)"))
        }
        recorder.record(record("last"))
        recorder.didSend()
        #expect(try log.count == Recorder.batchSize)
        #expect(try count(Self.ok) == Int64(Recorder.batchSize))
    }

    @Test("While the store is away everything is kept, and sent once when it is back")
    func outage() throws {
        let recorder = try recorder()
        server.stop()
        for number in 0..<20 {
            recorder.record(record("\(number)"))
            recorder.flush()
        }
        #expect(recorder.idle() != nil)
        try server.start()
        #expect(eventually { recorder.idle() == nil })
        #expect(try log.map { $0.request_id?.text } == (0..<20).map { "\($0)" })
        #expect(try count(Self.ok) == 20)
    }

    @Test("A batch that the store took without saying so in time is counted once")
    func lateConfirmation() throws {
        let recorder = try recorder(patience: 500)
        recorder.record(record("before"))
        recorder.flush()
        server.freeze()
        recorder.record(record("doubtful"))
        recorder.flush()
        recorder.record(record("after"))
        server.thaw()
        // What the frozen server had in its queue is carried out now, and sent again besides.
        #expect(eventually { recorder.idle() == nil && (try? log.count) == 3 })
        #expect(try log.map { $0.request_id?.text } == ["before", "doubtful", "after"])
        #expect(try count(Self.ok) == 3)
    }

    @Test("The successor of a process that was killed sends what that one had collected")
    func successor() throws {
        let killed = try recorder()
        killed.record(record("left"))
        let slot = board.slots[0]
        slot.pointer.pointee.dead_pid = 4711
        slot.pointer.pointee.dead_signal = SIGKILL
        slot.pointer.pointee.dead_exit = -1
        slot.pointer.pointee.dead_state = Slot.State.idle.rawValue

        let heir = try recorder()
        heir.reportPredecessor()
        let lines = try log
        #expect(lines.map { $0.msg?.text } == ["request", "worker ended unexpectedly"])
        #expect(lines[0].request_id?.text == "left")
        #expect(lines[1].pid?.integer == 4711)
        #expect(lines[1].signal?.text == "SIGKILL")
        #expect(lines[1].level?.text == "critical")
        #expect(try count(Self.ok) == 1)
        #expect(try count("chimney_panics_total") == 0)
        heir.reportPredecessor()
        #expect(try log.count == 2)
    }

    @Test("A crash is reported with its request and its backtrace, and counted as a request and as a panic")
    func crash() throws {
        let slot = board.slots[0]
        slot.begin(connection: 5, at: MonotonicClock.microseconds, wall: 1000)
        slot.note(requestID: "rid", traceID: "tid", spanID: "sid", method: "POST", path: "/a")
        slot.route = 0
        slot.pointer.pointee.dead_pid = 4711
        slot.pointer.pointee.dead_signal = SIGILL
        slot.pointer.pointee.dead_exit = -1
        slot.pointer.pointee.dead_state = Slot.State.handling.rawValue
        slot.pointer.pointee.answered = 500
        slot.pointer.pointee.frame_count = 1
        slot.pointer.pointee.frames.0 = 0x1234

        try recorder().reportPredecessor()
        let lines = try log
        #expect(lines.map { $0.msg?.text } == ["worker crashed", "request"])
        #expect(lines.allSatisfy { $0.request_id?.text == "rid" && $0.trace_id?.text == "tid" })
        #expect(lines[0].signal?.text == "SIGILL")
        #expect(lines[0].route?.text == "/a")
        #expect(lines[0].backtrace?.list.first?.text?.hasPrefix("0x1234 ") == true)
        #expect(lines[1].status?.integer == 500)
        #expect(lines[1].method?.text == "POST")
        #expect(try count("chimney_panics_total") == 1)
        #expect(try count(#"chimney_requests_total{route="/a",status_class="5xx"}"#) == 1)
    }

    @Test("What a process without a successor has left is sent by a sibling, once")
    func orphan() throws {
        let gone = try recorder(slot: 2)
        gone.record(record("orphaned"))
        board.slots[2].pid = 0
        let sibling = try recorder(slot: 0)
        let other = try recorder(slot: 1)
        sibling.flush()
        other.flush()
        #expect(try log.map { $0.request_id?.text } == ["orphaned"])
        #expect(try count(Self.ok) == 1)
        #expect(board.slots[2].pid == 0)
    }

    @Test("A process without a pool sends what it has, each time anew")
    func unpooled() throws {
        for id in ["1", "2"] {
            let program = try recorder(pooled: false)
            program.record(record(id))
            program.flush()
        }
        #expect(try log.map { $0.request_id?.text } == ["1", "2"])
        #expect(try count(Self.ok) == 2)
    }

    @Test("Ids grow over several processes that send at the same time")
    func concurrent() throws {
        let recorders = try (0..<4).map { try recorder(slot: $0) }
        for round in 0..<25 {
            for (index, recorder) in recorders.enumerated() {
                recorder.record(record("\(round).\(index)"))
                recorder.flush()
            }
        }
        let ids = try log.compactMap { $0.id?.integer }
        #expect(ids.count == 100)
        #expect(ids == ids.sorted())
        #expect(Set(ids).count == 100)
    }
}
