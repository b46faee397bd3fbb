import Essentials
import Glibc

/// The lock that makes the runner of a host the only one (flock(2)): the file `lock` of the state directory, with the
/// holder's process id in it. It is free when its holder is gone, however that went.
final class RunnerLock {
    /// What came of asking for it.
    enum Outcome {
        /// This process has it, until it lets go of the object.
        case taken(RunnerLock)
        /// Another one has it, with this process id; nil if it has not said so yet.
        case held(by: pid_t?)
    }

    /// The lock cannot be had. Says why.
    struct Failure: Error, Equatable, CustomStringConvertible {
        let description: String
    }

    private let descriptor: Int32

    private init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Asks for the lock, without waiting.
    ///
    /// - Parameter directory: the state directory.
    /// - Throws: `Failure` if its file cannot be made or written.
    static func take(in directory: String) throws(Failure) -> Outcome {
        let path = path(in: directory)
        while true {
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard descriptor >= 0 else { throw failure(path) }
            let lock = RunnerLock(descriptor: descriptor)
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                if errno == EINTR { continue }
                guard errno == EWOULDBLOCK else { throw failure(path) }
                return .held(by: holder(in: directory))
            }
            // A file that somebody has removed since locks nobody out.
            var held = stat()
            var named = stat()
            guard fstat(descriptor, &held) == 0, stat(path, &named) == 0, held.st_ino == named.st_ino,
                held.st_dev == named.st_dev
            else { continue }
            let text = Array("\(getpid())\n".utf8)
            guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, text, text.count, 0) == text.count else {
                throw failure(path)
            }
            return .taken(lock)
        }
    }

    /// Takes the lock, and first ends who holds it (SIGKILL, which ends a stopped one as well).
    ///
    /// - Parameters:
    ///   - directory: the state directory.
    ///   - milliseconds: how long it may take.
    ///   - onEnd: called with the id of each process that is ended, before it is.
    /// - Throws: `Failure` if the file cannot be made or written, or its holder cannot be found, or not be ended.
    static func takeOver(
        in directory: String, within milliseconds: Int, onEnd: (pid_t) -> Void = { _ in }
    ) throws(Failure) -> RunnerLock {
        let deadline = MonotonicClock.microseconds + UInt64(milliseconds) * 1000
        var ended: pid_t?
        while true {
            var holder: pid_t?
            switch try take(in: directory) {
            case .taken(let lock): return lock
            case .held(let id): holder = id
            }
            let now = MonotonicClock.microseconds
            guard now < deadline else {
                let who = holder.map { "process \($0)" } ?? "a process that does not say which"
                throw Failure(description: "\(path(in: directory)) is held by \(who), which cannot be ended")
            }
            // The id in the file may be that of an earlier holder, and by now somebody else's: only who has the file
            // open is meant.
            var file = stat()
            if let id = holder, id != getpid(), stat(path(in: directory), &file) == 0, let process = OtherProcess(id),
                process.hasOpen(file)
            {
                if ended != id { onEnd(id) }
                ended = id
                process.kill()
                _ = process.ends(within: Int((deadline - now) / 1000))
            } else {
                usleep(20_000)
            }
        }
    }

    /// Who the file says that holds it; nil if it says nothing that is an id.
    static func holder(in directory: String) -> pid_t? {
        let text = String(decoding: ProcessFiles.contents(path(in: directory)).prefix(32), as: UTF8.self)
        return text.hasSuffix("\n") ? pid_t(text.dropLast()) : nil
    }

    private static func path(in directory: String) -> String { "\(directory)/lock" }

    private static func failure(_ path: String) -> Failure {
        Failure(description: "\(path): \(String(cString: strerror(errno)))")
    }
}
