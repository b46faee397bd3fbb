import CPosix
import Essentials
import Glibc
import Testing

@testable import FastCGI

@Suite struct ScoreboardTests {
    @Test("A new board is free, and no two are the same")
    func fresh() throws {
        let board = try Scoreboard(slots: 3)
        #expect(board.slots.count == 3)
        #expect(board.taken.isEmpty)
        #expect(board.slots.allSatisfy { $0.state == .free && $0.obituary == nil && $0.pid == 0 })
        #expect(board.slots.allSatisfy { $0.backlog.allSatisfy { $0 == 0 } })
        #expect(try Scoreboard(slots: 1).instance != board.instance)
    }

    @Test("Whoever maps the board by its descriptor sees the same slots")
    func remapped() throws {
        let board = try Scoreboard(slots: 4)
        board.slots[2].pid = 42
        board.slots[2].state = .handling
        board.slots[2].note(requestID: "id", traceID: "trace", spanID: "span", method: "GET", path: "/p")
        board.slots[2].backlog[5] = 9

        let other = try #require(Scoreboard(descriptor: board.descriptor, atLeast: 4))
        #expect(other.instance == board.instance)
        #expect(other.started == board.started)
        #expect(other.taken.map(\.index) == [2])
        let slot = other.slots[2]
        #expect(
            [slot.requestID, slot.traceID, slot.spanID, slot.method, slot.path] == ["id", "trace", "span", "GET", "/p"])
        #expect(slot.state == .handling)
        #expect(slot.backlog[5] == 9)
    }

    @Test("A board with too few slots, or something that is no board, is not taken over")
    func refused() throws {
        let board = try Scoreboard(slots: 2)
        #expect(Scoreboard(descriptor: board.descriptor, atLeast: 3) == nil)
        #expect(Scoreboard(descriptor: -1, atLeast: 1) == nil)

        let empty = chimney_memory_file("empty")
        defer { close(empty) }
        #expect(Scoreboard(descriptor: empty, atLeast: 0) == nil)
        #expect(ftruncate(empty, 1 << 20) == 0)
        #expect(Scoreboard(descriptor: empty, atLeast: 0) == nil)
    }

    @Test("The slot of a process that died in disorder finds a successor first")
    func freeSlots() throws {
        let board = try Scoreboard(slots: 3)
        board.slots[0].pid = 10
        board.slots[2].pointer.pointee.dead_pid = 9
        #expect(board.claim()?.index == 2)
        #expect(board.claim()?.index == 1)
        #expect(board.claim() == nil)
    }

    @Test("Of those that ask at once whether they may wait, a quarter may: neither more nor fewer")
    func waiting() async throws {
        let board = try Scoreboard(slots: 12)
        for slot in board.slots {
            slot.pid = 10
            slot.state = .handling
            slot.pointer.pointee.role = slot.index < 8 ? 1 : 2
        }
        for _ in 0..<500 {
            for slot in board.slots { slot.waits = .no }
            let allowed = await withTaskGroup(of: (Int, Bool).self) { group in
                for slot in board.slots { group.addTask { (slot.role, board.mayWait(slot)) } }
                return await group.reduce(into: [Int: Int]()) { counts, answer in
                    counts[answer.0, default: 0] += answer.1 ? 1 : 0
                }
            }
            #expect(allowed == [1: 2, 2: 1])
        }
        let waiting = try #require(board.slots.first { $0.waits == .yes })
        let other = try #require(board.slots.first { $0.waits == .no && $0.role == waiting.role })
        #expect(board.mayWait(waiting) && !board.mayWait(other))
        // Its client may have its answer, and ask again, before the process gets to note that.
        waiting.state = .writing
        #expect(board.mayWait(other))
    }

    @Test("Slots without a process are looked at by one process at a time")
    func orphans() throws {
        let board = try Scoreboard(slots: 3)
        board.slots[1].pid = 10
        var seen: [Int] = []
        board.withOrphans { slot in
            seen.append(slot.index)
            #expect(slot.pid == -getpid())
            board.withOrphans { #expect($0.index != slot.index) }
        }
        #expect(seen == [0, 2])
        #expect(board.slots.map(\.pid) == [0, 10, 0])
    }

    @Test("A slot that gets a process while a sibling looks at it keeps the process")
    func takenMeanwhile() throws {
        let board = try Scoreboard(slots: 1)
        // As the supervisor does, who looked for a free slot just before the sibling took hold of it.
        board.withOrphans { $0.pid = 4711 }
        #expect(board.slots[0].pid == 4711)
    }
}

@Suite struct SlotTests {
    @Test("Texts are cut to their fields, at any byte")
    func longTexts() {
        let slot = Slot.unshared()
        let long = String(repeating: "é", count: 500)
        slot.note(requestID: long, traceID: long, spanID: long, method: long, path: long)
        #expect(slot.requestID.utf8.count <= 131 + 2)
        #expect(slot.path.utf8.count <= 259 + 2)
        #expect(slot.path.hasPrefix("éééé"))
        slot.note(requestID: "", traceID: "", spanID: "", method: "", path: "")
        #expect(slot.requestID.isEmpty && slot.path.isEmpty)
    }

    @Test("A request in flight, and its end")
    func request() {
        let slot = Slot.unshared()
        slot.note(requestID: "old", traceID: "old", spanID: "old", method: "old", path: "old")
        slot.begin(connection: 7, at: 1000, wall: 2000)
        #expect(slot.state == .reading)
        #expect(slot.requestBegan == 1000)
        #expect(slot.requestTime == Timestamp(milliseconds: 2000))
        #expect(slot.route == Slot.noRoute)
        #expect(slot.requestID.isEmpty)
        slot.route = 3
        slot.end()
        #expect(slot.served == 1)
        #expect(slot.route == Slot.noRoute)
    }

    @Test("What a dead process left is there until it was reported")
    func obituary() throws {
        let slot = Slot.unshared()
        #expect(slot.obituary == nil)
        slot.pointer.pointee.dead_pid = 99
        slot.pointer.pointee.dead_signal = SIGSEGV
        slot.pointer.pointee.dead_exit = -1
        slot.pointer.pointee.dead_state = Slot.State.handling.rawValue
        slot.pointer.pointee.answered = 500
        slot.pointer.pointee.frame_count = 2
        slot.pointer.pointee.frames.0 = 0xAB
        slot.pointer.pointee.frames.1 = 0xCD

        let death = try #require(slot.obituary)
        #expect(death.pid == 99)
        #expect(death.signalName == "SIGSEGV")
        #expect(death.state == .handling)
        #expect(death.answered == 500)
        #expect(!death.overtime)
        #expect(death.frames == [0xAB, 0xCD])

        slot.bury()
        #expect(slot.obituary == nil)
    }

    @Test("A count of frames beyond the slot's room does not lead beyond it")
    func tooManyFrames() {
        let slot = Slot.unshared()
        slot.pointer.pointee.dead_pid = 1
        slot.pointer.pointee.frame_count = .max
        #expect(slot.obituary?.frames.count == Int(CHIMNEY_SLOT_FRAMES))
    }
}
