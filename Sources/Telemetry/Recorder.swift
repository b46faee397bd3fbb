import Dragonfly
import Essentials
import FastCGI
import Logging

import Glibc

/// Collects what a process has to tell, prints it on standard error, and sends it to the store in batches: after the
/// answer has gone out, and the rarer the busier the process is.
public final class Recorder {
    /// How many lines the ring keeps.
    public static let ringBound = 1000
    /// Entries are sent when there are so many …
    static let batchSize = 64
    /// … or when the oldest is so many microseconds old. A process that has nothing else to do waits for company as well:
    /// a script for each request would be the larger part of the store's work.
    static let batchAge: UInt64 = 50_000
    /// What the store did not take is offered again after so many microseconds: it is away for a while, or it is back.
    static let retryPause: UInt64 = 250_000

    /// The samples that requests raise.
    public let catalogue: Catalogue
    /// The name of this host in log lines.
    public let host: String
    /// Records below it are left out.
    public var level: Logger.Level
    /// Ids of the request in flight, which log records of its handler carry.
    public var current: (requestID: String, traceID: String, spanID: String)?

    private let slot: Slot
    private let board: Scoreboard?
    private let store: Store
    private let journal: Journal
    private let sender: String
    private let roles: [String]
    private var entries = 0
    private var oldest: UInt64 = 0
    private var retryAt: UInt64 = 0
    private var lastRefusal: String?

    /// A recorder for the process that has `slot`.
    ///
    /// - Parameters:
    ///   - board: the board of its pool; nil for a process that sends what it has once, and ends.
    ///   - roles: the names of the pool's roles, in the order of their indexes.
    public init(
        catalogue: Catalogue, slot: Slot, board: Scoreboard?, store: Store, host: String, level: Logger.Level,
        roles: [String] = ["worker"]
    ) {
        precondition(catalogue.samples.count <= Journal.sampleCapacity, "more samples than a journal has room for")
        self.catalogue = catalogue
        self.slot = slot
        self.board = board
        self.store = store
        self.host = host
        self.level = level
        self.roles = roles
        journal = Journal(slot)
        sender = Self.sender(board, slot)
    }

    /// Who sends the batches of a slot; empty without a board, for a process that sends once.
    private static func sender(_ board: Scoreboard?, _ slot: Slot) -> String {
        board.map { "\(String($0.instance, radix: 16)):\(slot.index)" } ?? ""
    }

    // MARK: Collecting

    /// Notes an answered request.
    public func record(_ record: RequestRecord) {
        var line: [UInt8] = []
        if record.level >= level {
            var writer = LineWriter(time: record.time, level: record.level, message: "request")
            record.write(to: &writer, catalogue: catalogue)
            line = writer.bytes
        }
        append(record.entry, line)
    }

    /// Notes a log record.
    public func log(_ level: Logger.Level, _ message: String, label: String?, members: [(String, String)] = []) {
        guard level >= self.level else { return }
        var writer = LineWriter(time: .now, level: level, message: message)
        if let label { writer.member("logger", label) }
        if let current {
            writer.member("request_id", current.requestID)
            writer.member("trace_id", current.traceID)
            writer.member("span_id", current.spanID)
        }
        for (name, value) in members { writer.member(name, value) }
        append(nil, writer.bytes)
    }

    private func append(_ request: JournalEntry.Request?, _ line: [UInt8]) {
        if entries == 0 { oldest = MonotonicClock.microseconds }
        entries += 1
        // Without room in the journal the line goes to standard error alone.
        if !journal.append(request, line: line, catalogue: catalogue) {
            var text: [UInt8] = []
            journal.takeUnprinted { Self.append($0, to: &text) }
            line.withUnsafeBufferPointer { Self.append($0, to: &text) }
            _ = StandardError.write(lines: text)
        }
    }

    // MARK: Sending

    /// An answer is out. Sends what is there if it is much or old.
    public func didSend() {
        guard entries > 0, entries >= Self.batchSize || MonotonicClock.microseconds - oldest >= Self.batchAge else {
            return
        }
        flush()
    }

    /// Nothing is to be done. Sends what has waited long enough; returns when to ask again, in milliseconds.
    public func idle() -> Int32? {
        if board?.hasUnreported == true { flush() }
        if entries > 0 {
            let age = MonotonicClock.microseconds - oldest
            guard age >= Self.batchAge else { return Int32((Self.batchAge - age) / 1000) + 1 }
            flush()
        } else if !journal.isEmpty, MonotonicClock.microseconds >= retryAt {
            flush()
        }
        return journal.isEmpty ? nil : Int32(Self.retryPause / 1000)
    }

    /// Prints and sends everything.
    public func flush() {
        retryAt = MonotonicClock.microseconds + Self.retryPause
        print(journal)
        entries = 0
        send(journal, as: sender)
        // A batch that was frozen before the store went away is followed by what came since.
        if !journal.isEmpty, !journal.isFrozen { send(journal, as: sender) }
        board?.withOrphans { slot in adopt(slot) }
    }

    private func print(_ journal: Journal) {
        var text: [UInt8] = []
        journal.takeUnprinted { Self.append($0, to: &text) }
        let lost = StandardError.write(lines: text)
        if lost > 0 { self.journal.count(catalogue.logDropped, by: Int64(lost)) }
    }

    private func send(_ journal: Journal, as sender: String) {
        guard store.isDue, journal.freeze() else { return }
        var arguments: [[UInt8]] = [
            sender.isEmpty ? [] : Array(String(journal.batch).utf8),
            Array(String(Timestamp.microsecondsNow).utf8),
            Array(String(Self.ringBound).utf8),
        ]
        withUnsafeTemporaryAllocation(of: Int64.self, capacity: catalogue.samples.count) { counts in
            journal.frozenCounts(catalogue, into: counts)
            arguments.append([])
            for (index, count) in counts.enumerated() where count != 0 {
                arguments.append(catalogue.samples[index])
                arguments.append(Array(String(count).utf8))
            }
            arguments[3] = Array(String((arguments.count - 4) / 2).utf8)
        }
        let lines = journal.frozenLines()
        arguments += lines
        let keys = [
            TelemetryKeys.log, TelemetryKeys.counters, TelemetryKeys.lastID, TelemetryKeys.batch(sender),
        ]
        do {
            _ = try store.evaluate(flushScript, keys: keys.map(store.key), arguments: arguments)
            journal.thaw()
        } catch .refused(let message) {
            // It would be refused for ever. Its lines are on standard error; its counts go with the next batch.
            withUnsafeTemporaryAllocation(of: Int64.self, capacity: catalogue.samples.count) { counts in
                journal.frozenCounts(catalogue, into: counts)
                journal.thaw()
                for (index, count) in counts.enumerated() where count != 0 { journal.count(index, by: count) }
            }
            if !lines.isEmpty { journal.count(catalogue.logDropped, by: Int64(lines.count)) }
            noteRefusal(message)
        } catch {}
    }

    /// Says once, and not at every attempt, why telemetry does not reach the store.
    private func noteRefusal(_ message: String) {
        guard message != lastRefusal else { return }
        lastRefusal = message
        var writer = LineWriter(time: .now, level: .error, message: "the store refused telemetry")
        writer.member("error", message)
        _ = StandardError.write(lines: [UInt8(ascii: "{")] + writer.bytes + [UInt8(ascii: "\n")])
    }

    private static func append(_ line: UnsafeBufferPointer<UInt8>, to text: inout [UInt8]) {
        text.append(UInt8(ascii: "{"))
        text.append(contentsOf: line)
        text.append(UInt8(ascii: "\n"))
    }

    // MARK: Inheriting

    /// Reports what the slot's last process left if it died in disorder: its end, the request that it answered with its
    /// last breath, and everything that it had not sent yet.
    public func reportPredecessor() {
        report(slot, to: journal)
        flush()
    }

    private func adopt(_ slot: Slot) {
        let orphan = Journal(slot)
        report(slot, to: orphan)
        guard !orphan.isEmpty else { return }
        print(orphan)
        send(orphan, as: Self.sender(board, slot))
    }

    private func report(_ slot: Slot, to journal: Journal) {
        guard let death = slot.obituary else { return }
        var writer = LineWriter(time: .now, level: .critical, message: headline(death, of: slot))
        writer.member("host", host)
        writer.member("pid", Int(death.pid))
        if death.signal != 0 {
            writer.member("signal", death.signalName)
        } else {
            writer.member("exit_status", Int(death.exitStatus))
        }
        writer.member("state", death.state.name)
        if death.state.isBusy {
            writer.member("method", slot.method)
            writer.member("route", catalogue.name(ofRoute: slot.route))
            writer.member("path", slot.path)
            writer.member("request_id", slot.requestID)
            writer.member("trace_id", slot.traceID)
            writer.member("span_id", slot.spanID)
        }
        if !death.frames.isEmpty {
            writer.member("backtrace", Backtrace.lines(of: death.frames, image: death.image, limit: 4096))
        }
        entries += 1
        _ = journal.append(nil, line: writer.bytes, catalogue: catalogue)
        if let status = death.answered { recordAnswer(status, of: slot, to: journal) }
        if death.isCrash { journal.count(catalogue.panics) }
        slot.bury()
    }

    private func headline(_ death: Obituary, of slot: Slot) -> String {
        let role = slot.role < roles.count ? roles[slot.role] : "process"
        if death.overtime { return "\(role) ended: its request took too long" }
        return death.isCrash ? "\(role) crashed" : "\(role) ended unexpectedly"
    }

    private func recordAnswer(_ status: Int, of slot: Slot, to journal: Journal) {
        var record = RequestRecord()
        record.method = slot.method
        record.path = slot.path
        record.route = slot.route
        record.status = status
        record.requestID = slot.requestID
        record.traceID = slot.traceID
        record.spanID = slot.spanID
        record.began = slot.requestBegan
        record.ended = MonotonicClock.microseconds
        record.time = Timestamp(milliseconds: slot.requestTime)
        var writer = LineWriter(time: record.time, level: .error, message: "request")
        record.write(to: &writer, catalogue: catalogue)
        _ = journal.append(record.entry, line: writer.bytes, catalogue: catalogue)
    }
}

extension Obituary {
    /// Whether the process died of a defect of its own, and not of somebody else's signal.
    public var isCrash: Bool {
        !overtime && [SIGILL, SIGTRAP, SIGSEGV, SIGABRT, SIGBUS, SIGFPE].contains(signal)
    }
}
