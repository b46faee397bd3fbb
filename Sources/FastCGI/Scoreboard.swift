import CPosix
import Essentials
import Glibc

/// The slots of a pool, in memory that all its processes share (an anonymous file, so that it survives an exec of the
/// supervisor).
public struct Scoreboard: @unchecked Sendable {
    /// Bytes of a slot's backlog.
    public static let backlogSize = 140 * 1024
    static let slotSize = 4096
    static let stride = slotSize + backlogSize
    private static let headerSize = 4096
    private static let magic: UInt64 = 0x6368_696D_6E65_7901
    /// Raised whenever the layout of slots or backlogs changes: a new supervisor does not write into an old board.
    private static let layout: UInt32 = 10

    private struct Header {
        var magic: UInt64
        var layout: UInt32
        var slots: UInt32
        var stride: UInt64
        var instance: UInt64
        var fingerprint: UInt64
        var started: UInt64
    }

    /// All slots, the free ones too.
    public let slots: [Slot]
    /// A random number that tells this board from every other.
    public let instance: UInt64
    /// When the board was made, in microseconds of the monotonic clock: the start of the pool.
    public let started: UInt64
    let descriptor: Int32

    /// Makes a board of `count` slots.
    ///
    /// - Parameter fingerprint: tells what the floors above mean by the numbers that they leave on it.
    /// - Throws: `PoolError` if the memory cannot be had.
    public init(slots count: Int, fingerprint: UInt64 = 0) throws(PoolError) {
        descriptor = chimney_memory_file("chimney-scoreboard")
        let size = Self.headerSize + count * Self.stride
        guard descriptor >= 0, ftruncate(descriptor, off_t(size)) == 0,
            let base = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0), base != MAP_FAILED
        else { throw .system("cannot make the scoreboard", errno) }
        instance = UInt64.random(in: 1...(.max))
        started = MonotonicClock.microseconds
        base.assumingMemoryBound(to: Header.self).initialize(
            to: Header(
                magic: Self.magic, layout: Self.layout, slots: UInt32(count), stride: UInt64(Self.stride),
                instance: instance, fingerprint: fingerprint, started: started))
        slots = (0..<count).map { Self.slot($0, at: base + Self.headerSize + $0 * Self.stride) }
        for slot in slots { slot.pointer.pointee.connection = -1 }
        _ = chimney_set_close_on_exec(descriptor, true)
    }

    /// Maps the board that a supervisor before this one has made. Nil if it has another layout or fingerprint, or too
    /// few slots.
    init?(descriptor: Int32, atLeast needed: Int, fingerprint: UInt64 = 0) {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_size >= off_t(Self.headerSize),
            let base = mmap(nil, Int(status.st_size), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
            base != MAP_FAILED
        else { return nil }
        let header = base.assumingMemoryBound(to: Header.self).pointee
        let count = Int(header.slots)
        guard header.magic == Self.magic, header.layout == Self.layout, header.fingerprint == fingerprint,
            header.stride == UInt64(Self.stride),
            count >= needed, Int(status.st_size) >= Self.headerSize + count * Self.stride
        else {
            munmap(base, Int(status.st_size))
            return nil
        }
        self.descriptor = descriptor
        instance = header.instance
        started = header.started
        slots = (0..<count).map { Self.slot($0, at: base + Self.headerSize + $0 * Self.stride) }
        _ = chimney_set_close_on_exec(descriptor, true)
    }

    static func slot(_ index: Int, at address: UnsafeMutableRawPointer) -> Slot {
        Slot(
            index: index, pointer: address.bindMemory(to: chimney_slot.self, capacity: 1),
            backlog: UnsafeMutableRawBufferPointer(start: address + slotSize, count: backlogSize))
    }

    /// How many slots nobody has.
    var freeCount: Int { slots.count { $0.pid == 0 } }

    /// Claims a slot that nobody has, until its `pid` is set; one whose last process left something behind comes first.
    func claim() -> Slot? {
        let own = getpid()
        let order = slots.filter { $0.pointer.pointee.dead_pid != 0 } + slots
        return order.first { chimney_exchange_pid(&$0.pointer.pointee.pid, 0, -own) }
    }

    /// Takes a slot for this process itself, which has no supervisor to give it one. Nil if none is free.
    public func take() -> Slot? {
        guard let slot = claim() else { return nil }
        slot.pid = getpid()
        slot.pointer.pointee.started_us = MonotonicClock.microseconds
        return slot
    }

    /// Whether somebody has died in disorder, and no successor has reported it.
    public var hasUnreported: Bool { slots.contains { $0.pid == 0 && $0.pointer.pointee.dead_pid != 0 } }

    /// The slots that processes have.
    public var taken: [Slot] { slots.filter { $0.pid > 0 } }

    /// Whether a process of the same role and of a generation before that of `slot` is still there.
    public func hasElder(of slot: Slot) -> Bool {
        taken.contains {
            $0.role == slot.role && $0.pointer.pointee.generation < slot.pointer.pointee.generation
        }
    }

    /// Takes hold of slots without a process while `body` looks at each: a place to clean up after processes that have
    /// no successor. No two processes hold the same.
    public func withOrphans(_ body: (Slot) -> Void) {
        let own = getpid()
        for slot in slots where slot.pid == 0 {
            guard chimney_exchange_pid(&slot.pointer.pointee.pid, 0, -own) else { continue }
            body(slot)
            // Only if it is still ours to let go.
            _ = chimney_exchange_pid(&slot.pointer.pointee.pid, -own, 0)
        }
    }

    /// Lets the process of a slot wait for something that takes longer than its request may, unless a quarter of the
    /// processes of its role do so already: the others are there for everybody else. It holds until the handler is done.
    public func mayWait(_ slot: Slot) -> Bool {
        let siblings = taken.filter { $0.role == slot.role }
        let limit = max(1, siblings.count / 4)
        // Whoever asks counts for the others, so that never too many are let through; of those that ask at once all may
        // find too many, and look again, each after a time of its own.
        for _ in 0..<Self.looks {
            if slot.waits == .yes { return true }
            slot.waits = .asking
            if siblings.count(where: { $0.isHandling(waiting: .asking) }) <= limit {
                slot.waits = .yes
                return true
            }
            slot.waits = .no
            if siblings.count(where: { $0.isHandling(waiting: .yes) }) >= limit { return false }
            usleep(.random(in: 50...1000))
        }
        return false
    }

    /// How often `mayWait` looks before it takes those that ask for as many that wait.
    private static let looks = 32
}
