import CPosix
import Essentials
import FastCGI

/// One thing that a process has to tell: a request that it answered, with its log line, or a line alone.
struct BacklogEntry {
    /// Where a line belongs.
    enum Kind: UInt32 {
        /// The log.
        case log = 0
        /// The events.
        case event = 1
        /// The spans, which are exported and nothing else.
        case span = 2
    }

    /// What the counters need to know of a request.
    struct Request {
        static let unknownWait = UInt32.max
        static let noCache = UInt16.max

        /// Index in the route table.
        var route: UInt32
        var status: UInt16
        /// What it found in the cache, as a `CounterSample`.
        var cache: UInt16
        var microseconds: UInt32
        /// Milliseconds in the queue.
        var waited: UInt32
    }

    var kind: Kind
    var request: Request?
    /// A line without its opening brace and id; empty where the log level leaves it out.
    var line: UnsafeBufferPointer<UInt8>
}

/// What a process has yet to send to the store, kept in its slot of the shared memory, so that a successor can send it.
///
/// Two halves: entries go into the active one; to be sent it is frozen under a batch number and the other becomes
/// active. A frozen half never changes, and is sent again under the same number until the store has confirmed it. An
/// entry counts from the moment in which the end of its half is moved behind it: a process that is killed leaves it
/// whole or not at all.
struct Backlog {
    private static let headerSize = 64
    private static let halfHeaderSize = 16
    /// Room for as many samples as a catalogue may have.
    static let sampleCapacity = 1024
    private static let countsSize = sampleCapacity * 8
    private static let entryHeaderSize = 20
    /// Bytes of a half that only what is vital may take: a crash report with its backtrace, its request and its event.
    private static let reserve = 12 * 1024
    /// Bytes of a half besides that only events may take: some twenty of those by which others hear of a write that was taken,
    /// which they would not otherwise, however many lines tell of reads meanwhile.
    private static let eventReserve = 8 * 1024

    private let base: UnsafeMutableRawPointer
    private let halfSize: Int

    /// The backlog of a slot.
    init(_ slot: Slot) {
        base = slot.backlog.baseAddress!
        halfSize = (slot.backlog.count - Self.headerSize) / 2
    }

    // MARK: Layout

    /// Bit 0: which half is active. Bit 1: whether the other is frozen.
    private var state: UInt32 {
        get { chimney_load32(base.assumingMemoryBound(to: UInt32.self)) }
        nonmutating set { chimney_store32(base.assumingMemoryBound(to: UInt32.self), newValue) }
    }

    /// The number of the frozen half's batch.
    private(set) var batch: UInt64 {
        get { base.load(fromByteOffset: 8, as: UInt64.self) }
        nonmutating set { base.storeBytes(of: newValue, toByteOffset: 8, as: UInt64.self) }
    }

    private func half(_ index: UInt32) -> UnsafeMutableRawPointer {
        base + Self.headerSize + Int(index) * halfSize
    }

    private var active: UnsafeMutableRawPointer { half(state & 1) }
    private var frozen: UnsafeMutableRawPointer { half(state & 1 ^ 1) }
    private var capacity: Int { halfSize - Self.halfHeaderSize - Self.countsSize }

    private static func end(of half: UnsafeMutableRawPointer) -> UnsafeMutablePointer<UInt32> {
        half.assumingMemoryBound(to: UInt32.self)
    }

    /// Up to where the lines of a half have been printed.
    private static func printed(of half: UnsafeMutableRawPointer) -> UnsafeMutablePointer<UInt32> {
        (half + 4).assumingMemoryBound(to: UInt32.self)
    }

    private static func hasCounts(of half: UnsafeMutableRawPointer) -> UnsafeMutablePointer<UInt32> {
        (half + 8).assumingMemoryBound(to: UInt32.self)
    }

    private static func counts(of half: UnsafeMutableRawPointer) -> UnsafeMutableBufferPointer<Int64> {
        UnsafeMutableBufferPointer(
            start: (half + halfHeaderSize).assumingMemoryBound(to: Int64.self), count: sampleCapacity)
    }

    private static func entries(of half: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        half + halfHeaderSize + countsSize
    }

    // MARK: Writing

    /// Whether there is anything to send.
    var isEmpty: Bool { !isFrozen && Self.isEmpty(active) }

    /// Whether a batch waits for the store's confirmation.
    var isFrozen: Bool { state & 2 != 0 }

    private static func isEmpty(_ half: UnsafeMutableRawPointer) -> Bool {
        chimney_load32(end(of: half)) == 0 && hasCounts(of: half).pointee == 0
    }

    private static func size(_ line: [UInt8]) -> Int { (entryHeaderSize + line.count + 3) & ~3 }

    /// Whether an entry with this line fits into the active half.
    ///
    /// - Parameter isVital: whether it may take the room that is kept for what explains a crash.
    func hasRoom(for line: [UInt8], _ kind: BacklogEntry.Kind = .log, isVital: Bool = false) -> Bool {
        let reserved = isVital ? 0 : kind == .event ? Self.reserve : Self.reserve + Self.eventReserve
        return Int(Self.end(of: active).pointee) + Self.size(line) <= capacity - reserved
    }

    /// Adds an entry. Where there is no room, because the store is away, its counts are kept and its line is dropped,
    /// which is counted too; returns false then.
    func append(
        _ request: BacklogEntry.Request?, line: [UInt8], kind: BacklogEntry.Kind = .log, isVital: Bool = false,
        catalogue: Catalogue
    ) -> Bool {
        let half = active
        let end = Self.end(of: half)
        let size = Self.size(line)
        guard hasRoom(for: line, kind, isVital: isVital) else {
            let counts = Self.counts(of: half)
            Self.hasCounts(of: half).pointee = 1
            if let request { catalogue.count(request, into: counts) }
            if !line.isEmpty, kind != .span { counts[catalogue.index(of: .logDropped)] += 1 }
            return line.isEmpty
        }
        let entry = Self.entries(of: half) + Int(end.pointee)
        let head = UInt32(line.count) << 3 | kind.rawValue << 1 | (request == nil ? 0 : 1)
        entry.storeBytes(of: head, as: UInt32.self)
        if let request { entry.storeBytes(of: request, toByteOffset: 4, as: BacklogEntry.Request.self) }
        line.withUnsafeBytes { bytes in
            if let start = bytes.baseAddress {
                (entry + Self.entryHeaderSize).copyMemory(from: start, byteCount: bytes.count)
            }
        }
        chimney_store32(end, end.pointee + UInt32(size))
        return true
    }

    /// Raises a counter that no request raises.
    func count(_ sample: Int, by amount: Int64 = 1) {
        let half = active
        Self.counts(of: half)[sample] += amount
        Self.hasCounts(of: half).pointee = 1
    }

    // MARK: Sending

    /// Freezes the active half as the next batch, unless one is frozen already. False if there is nothing to send.
    func freeze() -> Bool {
        if isFrozen { return true }
        guard !Self.isEmpty(active) else { return false }
        batch += 1
        state = (state & 1 ^ 1) | 2
        return true
    }

    /// The frozen batch has been confirmed: its half is free. In this order, because the process may be killed between
    /// any two steps, and what is still frozen then is sent once more under its number, which the store has seen.
    func thaw() {
        let half = frozen
        if Self.hasCounts(of: half).pointee != 0 { Self.counts(of: half).update(repeating: 0) }
        Self.hasCounts(of: half).pointee = 0
        Self.printed(of: half).pointee = 0
        chimney_store32(Self.end(of: half), 0)
        state = state & 1
    }

    /// All counts of the frozen batch.
    func frozenCounts(_ catalogue: Catalogue, into counts: UnsafeMutableBufferPointer<Int64>) {
        let half = frozen
        counts.update(repeating: 0)
        if Self.hasCounts(of: half).pointee != 0 {
            let kept = Self.counts(of: half)
            for index in 0..<min(catalogue.samples.count, counts.count) { counts[index] = kept[index] }
        }
        Self.forEachEntry(of: half, from: 0) { entry in
            if let request = entry.request { catalogue.count(request, into: counts) }
        }
    }

    /// The lines of one kind in the frozen batch, oldest first.
    func frozenLines(_ kind: BacklogEntry.Kind = .log) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        Self.forEachEntry(of: frozen, from: 0) { entry in
            if entry.kind == kind, !entry.line.isEmpty { lines.append(Array(entry.line)) }
        }
        return lines
    }

    /// Hands over each line of the log once, in its order, whether the store is there or not.
    func takeUnprinted(_ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        for half in [frozen, active] {
            let printed = Self.printed(of: half)
            Self.forEachEntry(of: half, from: Int(printed.pointee)) {
                if $0.kind == .log, !$0.line.isEmpty { body($0.line) }
            }
            printed.pointee = chimney_load32(Self.end(of: half))
        }
    }

    private static func forEachEntry(
        of half: UnsafeMutableRawPointer, from start: Int, _ body: (BacklogEntry) -> Void
    ) {
        let end = Int(chimney_load32(end(of: half)))
        var at = start
        while at < end {
            let entry = entries(of: half) + at
            let head = entry.load(as: UInt32.self)
            let count = Int(head >> 3)
            let line = UnsafeBufferPointer(
                start: (entry + entryHeaderSize).assumingMemoryBound(to: UInt8.self), count: count)
            let request = head & 1 == 1 ? entry.load(fromByteOffset: 4, as: BacklogEntry.Request.self) : nil
            let kind = BacklogEntry.Kind(rawValue: head >> 1 & 3) ?? .log
            body(BacklogEntry(kind: kind, request: request, line: line))
            at += (entryHeaderSize + count + 3) & ~3
        }
    }
}
