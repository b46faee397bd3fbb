import Dragonfly
import Essentials
import FastCGI
import Logging

import Glibc

/// Collects what a process has to tell, prints it on standard error, and sends it to the store in batches: after the
/// answer has gone out, and the rarer the busier the process is.
public final class Recorder {
    /// How many lines the log ring keeps.
    public static let ringBound = 1000
    /// How many events the event ring keeps.
    public static let eventBound = 500
    /// How many lines and spans wait to be exported, at most.
    public static let outboxBound = 10_000
    /// Entries are sent when there are so many …
    static let batchSize = 64
    /// … or when the oldest is so many microseconds old. A process that has nothing else to do waits for company as
    /// well: a script for each request would be the larger part of the store's work.
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
    /// The host that lines and spans are put into the outbox as of, for an agent to export; nil where nothing is
    /// exported.
    public let exportHost: String?
    /// The names of the pool's roles, by their index.
    let roles: [String]

    let slot: Slot
    let board: Scoreboard?
    let backlog: Backlog
    private let store: Store
    private let sender: String
    private var entries = 0
    private var oldest: UInt64 = 0
    private var retryAt: UInt64 = 0
    private var lastRefusal: String?

    /// A recorder for the process that has `slot`.
    ///
    /// - Parameters:
    ///   - board: the board of its pool; nil for a process that sends what it has once, and ends.
    ///   - exportHost: the host that lines and spans are put into the outbox as of; nil if they are not.
    ///   - roles: the names of the pool's roles.
    public init(
        catalogue: Catalogue, slot: Slot, board: Scoreboard?, store: Store, host: String, level: Logger.Level,
        exportHost: String? = nil, roles: [String] = []
    ) {
        precondition(catalogue.samples.count <= Backlog.sampleCapacity, "more samples than a backlog has room for")
        self.catalogue = catalogue
        self.slot = slot
        self.board = board
        self.store = store
        self.host = host
        self.level = level
        self.exportHost = exportHost
        self.roles = roles
        backlog = Backlog(slot)
        sender = Self.sender(board, slot)
    }

    /// Who sends the batches of a slot; empty without a board, for a process that sends once.
    static func sender(_ board: Scoreboard?, _ slot: Slot) -> String {
        board.map { "\(String($0.instance, radix: 16)):\(slot.index)" } ?? ""
    }

    // MARK: Collecting

    /// Notes an answered request.
    public func record(_ record: RequestRecord) {
        let isLogged = record.level >= level
        var line: [UInt8] = []
        // The request's span is made of its line, so there has to be one for the export whatever the level is.
        if isLogged || exportHost != nil {
            var writer = LineWriter(time: record.time, level: isLogged ? record.level : nil, message: "request")
            record.write(to: &writer, catalogue: catalogue)
            line = writer.bytes
        }
        append(record.entry, line, isLogged ? .log : .span)
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

    /// Notes an event, whatever the log level is.
    ///
    /// - Parameter time: when it happened, where that is not now.
    public func event(_ type: EventType, at time: Timestamp = .now, data: (inout JSONWriter) -> Void) {
        append(nil, EventWriter.event(type, at: time, data: data), .event)
    }

    /// Raises a counter.
    public func count(_ sample: CounterSample, by amount: Int = 1) {
        guard amount > 0 else { return }
        noteEntry()
        backlog.count(catalogue.index(of: sample), by: Int64(amount))
    }

    /// Notes a span that has ended.
    func span(_ span: RecordedSpan) {
        if exportHost != nil { append(nil, span.line, .span) }
    }

    private func append(_ request: BacklogEntry.Request?, _ line: [UInt8], _ kind: BacklogEntry.Kind = .log) {
        noteEntry()
        // Where the store is there, what fills the backlog goes to it.
        if !backlog.hasRoom(for: line, kind) { flush() }
        keep(request, line, kind, in: backlog)
    }

    /// Counts an entry that goes into the backlog: by the number of them and the age of the oldest, `didSend` and
    /// `idle` know when to send.
    func noteEntry() {
        if entries == 0 { oldest = MonotonicClock.microseconds }
        entries += 1
    }

    /// Puts an entry into a backlog. A log line that does not fit goes to standard error alone.
    func keep(
        _ request: BacklogEntry.Request?, _ line: [UInt8], _ kind: BacklogEntry.Kind = .log, isVital: Bool = false,
        in backlog: Backlog
    ) {
        guard !backlog.append(request, line: line, kind: kind, isVital: isVital, catalogue: catalogue), kind == .log,
            !line.isEmpty
        else { return }
        var text: [UInt8] = []
        backlog.takeUnprinted { Self.append($0, to: &text) }
        line.withUnsafeBufferPointer { Self.append($0, to: &text) }
        _ = StandardError.write(lines: text)
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
        } else if !backlog.isEmpty, MonotonicClock.microseconds >= retryAt {
            flush()
        }
        return backlog.isEmpty ? nil : Int32(Self.retryPause / 1000)
    }

    /// Prints and sends everything.
    public func flush() {
        retryAt = MonotonicClock.microseconds + Self.retryPause
        print(backlog)
        entries = 0
        send(backlog, as: sender)
        // A batch that was frozen before the store went away is followed by what came since.
        if !backlog.isEmpty, !backlog.isFrozen { send(backlog, as: sender) }
        board?.withOrphans { slot in adopt(slot) }
    }

    func print(_ backlog: Backlog) {
        var text: [UInt8] = []
        backlog.takeUnprinted { Self.append($0, to: &text) }
        let lost = StandardError.write(lines: text)
        if lost > 0 { self.backlog.count(catalogue.index(of: .logDropped), by: Int64(lost)) }
    }

    func send(_ backlog: Backlog, as sender: String) {
        guard store.isDue, backlog.freeze() else { return }
        var batch = FlushBatch()
        if !sender.isEmpty { batch.sender = (sender, backlog.batch) }
        withUnsafeTemporaryAllocation(of: Int64.self, capacity: catalogue.samples.count) { counts in
            backlog.frozenCounts(catalogue, into: counts)
            for (index, count) in counts.enumerated() where count != 0 {
                batch.counts.append((catalogue.samples[index], count))
            }
        }
        batch.lines = backlog.frozenLines(.log)
        batch.events = backlog.frozenLines(.event)
        batch.spans = backlog.frozenLines(.span)
        batch.exportHost = exportHost
        do {
            _ = try store.evaluate(
                flushScript, keys: batch.keys.map(store.key),
                arguments: batch.arguments(at: Timestamp.microsecondsNow))
            backlog.thaw()
        } catch .refused(let message) {
            // It would be refused for ever. Its lines are on standard error; its counts go with the next batch.
            withUnsafeTemporaryAllocation(of: Int64.self, capacity: catalogue.samples.count) { counts in
                backlog.frozenCounts(catalogue, into: counts)
                backlog.thaw()
                for (index, count) in counts.enumerated() where count != 0 { backlog.count(index, by: count) }
            }
            if !batch.lines.isEmpty { backlog.count(catalogue.index(of: .logDropped), by: Int64(batch.lines.count)) }
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
}
