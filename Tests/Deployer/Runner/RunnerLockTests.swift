import Foundation
import TestSupport
import Testing

@testable import Deployer

/// One runner per host, and what a dead one has left.
@Suite struct RunnerLockTests {
    private let files: TemporaryDirectory

    init() throws { files = try TemporaryDirectory() }

    /// Somebody else who takes the lock as a runner does.
    private func holder(_ id: String = "$$") throws -> ChildProcess {
        let lock = files.file("lock")
        let process = try ChildProcess(
            "sh", ["-c", "exec 9<>\(lock); flock 9; echo \(id) > \(lock); echo ready; exec sleep 1000"])
        guard eventually({ process.output == "ready\n" }) else {
            throw TestSupportError("the lock is not taken: \(process.errors)")
        }
        return process
    }

    @Test func oneHasItAndIsKnown() throws {
        guard case .taken(let lock) = try RunnerLock.take(in: files.path) else {
            Issue.record("somebody has it")
            return
        }
        #expect(RunnerLock.holder(in: files.path) == getpid())
        guard case .held(by: getpid()) = try RunnerLock.take(in: files.path) else {
            Issue.record("two have it")
            return
        }
        var status = stat()
        #expect(stat(files.file("lock"), &status) == 0 && status.st_mode & 0o777 == 0o600)
        withExtendedLifetime(lock) {}
    }

    @Test func itIsFreeWhenItsHolderIsGone() throws {
        let process = try holder()
        guard case .held(by: process.pid) = try RunnerLock.take(in: files.path) else {
            Issue.record("it is not held by \(process.pid)")
            return
        }
        process.killNow()
        guard case .taken = try RunnerLock.take(in: files.path) else {
            Issue.record("it is not free")
            return
        }
    }

    @Test func aHolderThatIsStoppedIsEnded() throws {
        let process = try holder()
        process.signal(SIGSTOP)
        var ended: [pid_t] = []
        let lock = try RunnerLock.takeOver(in: files.path, within: 10_000) { ended.append($0) }
        #expect(ended == [process.pid])
        #expect(process.wait() == .signalled(SIGKILL))
        #expect(RunnerLock.holder(in: files.path) == getpid())
        withExtendedLifetime(lock) {}
    }

    @Test func nobodyElseIsEnded() throws {
        // The file names a process that has nothing to do with it, as after a crash.
        let innocent = try ChildProcess("sleep", ["1000"])
        let process = try holder(String(innocent.pid))
        #expect(throws: RunnerLock.Failure.self) { try RunnerLock.takeOver(in: files.path, within: 300) }
        #expect(innocent.isRunning)
        #expect(process.isRunning)
    }

    @Test func aFileThatWasRemovedLocksNobodyOut() throws {
        let process = try holder()
        #expect(unlink(files.file("lock")) == 0)
        guard case .taken = try RunnerLock.take(in: files.path) else {
            Issue.record("it is not free")
            return
        }
        #expect(process.isRunning)
    }

    @Test func aDirectoryThatIsMissingIsNamed() {
        let failure = #expect(throws: RunnerLock.Failure.self) { _ = try RunnerLock.take(in: files.file("none")) }
        #expect(failure?.description.contains(files.file("none/lock")) == true)
    }

    @Test func whatWasLeftRunningIsEnded() throws {
        let marked = try ChildProcess(
            "sh", ["-c", "sleep 1000 & sleep 1000"], environment: ["CHIMNEY_RUNNER": files.path])
        let stopped = try ChildProcess("sleep", ["1000"], environment: ["CHIMNEY_RUNNER": files.path])
        stopped.signal(SIGSTOP)
        let others = [
            try ChildProcess("sleep", ["1000"], environment: ["CHIMNEY_RUNNER": "\(files.path)-2"]),
            try ChildProcess("sleep", ["1000"], environment: ["OTHER": files.path]),
        ]
        let left = LeftBehind(marker: files.path)
        #expect(eventually { left.processes.count == 4 || left.processes.count == 3 })
        #expect(try left.end(within: 10_000) >= 3)
        #expect(left.processes.isEmpty)
        #expect(marked.wait() == .signalled(SIGKILL))
        #expect(stopped.wait() == .signalled(SIGKILL))
        for other in others { #expect(other.isRunning) }
        #expect(try left.end(within: 0) == 0)
    }
}
