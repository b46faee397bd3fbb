import CPosix
import Dispatch
import Essentials
import Glibc
import Subprocess
import Synchronization

/// A program that has been started, and the pipes to what it writes. For one thread; the task that swift-subprocess
/// needs runs beside it, and only waits.
final class RunningProgram {
    /// What the task knows.
    private enum Phase {
        case starting
        case running(ProcessIdentifier)
        case failed(any Error)
    }

    /// What the task and the thread share: the phase, and an event (eventfd(2)) that says that it has changed.
    private final class Shared: Sendable {
        let phase = Mutex(Phase.starting)
        let event = chimney_event_descriptor()

        func turn(_ next: Phase) {
            phase.withLock { $0 = next }
            var one: UInt64 = 1
            _ = write(event, &one, 8)
        }

        /// It could not be started. What goes wrong after its end is of no interest.
        func fail(_ error: any Error) {
            let hasBegun = phase.withLock { if case .starting = $0 { false } else { true } }
            if !hasBegun { turn(.failed(error)) }
        }

        deinit { if event >= 0 { close(event) } }
    }

    private let program: String
    private let shared = Shared()
    private var output: Pipe
    private var error: Pipe
    /// Ends when the thread needs the process id no more: until then the process is not reaped, so that the id, which
    /// is the group's as well, is nobody else's.
    private let hold: AsyncStream<Never>.Continuation

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - program: a path, or a name that is looked up in the PATH of the environment.
    ///   - environment: all variables that it gets.
    /// - Throws: `CommandFailure` if there are no descriptors left. A program that cannot be started has ended.
    init(_ program: String, _ arguments: [String], environment: [String: String], directory: String?) throws {
        self.program = program
        guard shared.event >= 0, let output = Pipe(), let error = Pipe() else {
            throw CommandFailure(program, .cannotRun("no pipe: \(String(cString: strerror(errno)))"))
        }
        self.output = output
        self.error = error
        let (held, hold) = AsyncStream<Never>.makeStream()
        self.hold = hold
        var options = PlatformOptions()
        options.processGroupID = 0
        let configuration = Configuration(
            executable: program.contains("/") ? .path(.init(program)) : .name(program),
            arguments: Arguments(arguments),
            environment: .custom(environment.map { Array("\($0.key)=\($0.value)\0".utf8) }),
            workingDirectory: directory.map { .init($0) }, platformOptions: options)
        let writeEnds = (output.writeEnd, error.writeEnd)
        // It waits while the caller's thread does the work: of what the program writes, and of how long it may take.
        Task.detached(executorPreference: ProgramExecutor.shared) { [shared] in
            do {
                _ = try await Subprocess.run(
                    configuration, input: .none,
                    output: .fileDescriptor(.init(rawValue: writeEnds.0), closeAfterSpawningProcess: false),
                    error: .fileDescriptor(.init(rawValue: writeEnds.1), closeAfterSpawningProcess: false)
                ) { execution in
                    shared.turn(.running(execution.processIdentifier))
                    for await _ in held {}
                }
            } catch {
                shared.fail(error)
            }
        }
    }

    /// Whether the program has ended, or cannot be started. What it wrote may still be in the pipes.
    var hasEnded: Bool {
        switch shared.phase.withLock({ $0 }) {
        case .starting: false
        case .failed: true
        case .running(let process): end(of: process) != .none
        }
    }

    /// How a process has ended.
    private enum End: Equatable {
        /// Not yet.
        case none
        /// Like this.
        case with(Commands.Status)
        /// In a way that the system does not tell of.
        case unknown
    }

    /// Looks whether a process has ended. It is not reaped by that: swift-subprocess does it.
    private func end(of process: ProcessIdentifier) -> End {
        var info = siginfo_t()
        while waitid(P_PID, id_t(process.value), &info, WEXITED | WNOHANG | WNOWAIT) != 0 {
            // Where SIGCHLD is ignored, the system reaps it (waitpid(2)).
            if errno != EINTR { return .unknown }
        }
        guard info.si_signo == SIGCHLD else { return .none }
        let status = info._sifields._sigchld.si_status
        return .with(info.si_code == CLD_EXITED ? .exited(status) : .signalled(status))
    }

    /// Sends a signal to its process group, if it runs or has ended a moment ago.
    func signal(_ signal: Int32) {
        guard case .running(let process) = shared.phase.withLock({ $0 }) else { return }
        kill(-process.value, signal)
    }

    /// Waits until it has written something, has ended, or the time is over.
    func wait(milliseconds: Int) {
        var process: Int32 = -1
        if case .running(let identifier) = shared.phase.withLock({ $0 }) {
            process = identifier.processDescriptor
            closeWriteEnds()
        }
        // A descriptor below 0 is passed over.
        var watched = [shared.event, output.readEnd, error.readEnd, process].map {
            pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
        }
        // A kernel without process descriptors (before 5.4) says nothing of an end.
        let isBlind = process < 0 && output.readEnd < 0 && error.readEnd < 0
        poll(&watched, nfds_t(watched.count), Int32(clamping: isBlind ? min(milliseconds, 10) : milliseconds))
        var count: UInt64 = 0
        if watched[0].revents != 0 { _ = Glibc.read(shared.event, &count, 8) }
    }

    /// Reads what it has written, without waiting, and not more at a time than what leaves room for other work.
    func read(into collected: inout CommandOutput) {
        Self.read(&output, .output, into: &collected)
        Self.read(&error, .error, into: &collected)
    }

    private static func read(
        _ pipe: inout Pipe, _ stream: CommandOutput.Stream, into collected: inout CommandOutput
    ) {
        for _ in 0..<16 where pipe.readEnd >= 0 {
            guard let bytes = pipe.read() else { return }
            if bytes.isEmpty {
                close(pipe.readEnd)
                pipe.readEnd = -1
            }
            collected.append(bytes[...], to: stream)
        }
    }

    /// How the program ended, which it has.
    ///
    /// - Throws: `CommandFailure` if it could not be started, or nothing is known of its end.
    func conclude() throws(CommandFailure) -> Commands.Status {
        switch shared.phase.withLock({ $0 }) {
        case .running(let process):
            if case .with(let status) = end(of: process) { return status }
        case .failed(let error): throw CommandFailure(program, .cannotRun(reason(error)))
        case .starting: break
        }
        throw CommandFailure(program, .cannotRun("the system does not tell how it ended"))
    }

    /// Lets the process be reaped, whatever has become of it: its id is not used any more.
    func letGo() { hold.finish() }

    private func reason(_ error: any Error) -> String {
        guard let error = error as? SubprocessError else { return "\(error)" }
        switch error.code {
        case .executableNotFound:
            return "it is not \(program.contains("/") ? "there" : "in PATH"), or may not be run"
        case .failedToChangeWorkingDirectory: return "the directory that it is to run in cannot be entered"
        default: return error.underlyingError.map { "it cannot be started: \($0)" } ?? "\(error)"
        }
    }

    private func closeWriteEnds() {
        for end in [\RunningProgram.output, \.error] where self[keyPath: end].writeEnd >= 0 {
            close(self[keyPath: end].writeEnd)
            self[keyPath: end].writeEnd = -1
        }
    }

    deinit {
        letGo()
        closeWriteEnds()
        for end in [output.readEnd, error.readEnd] where end >= 0 { close(end) }
    }
}

/// Runs the tasks that wait for programs on a queue of their own: they go on whatever the threads that Swift has for all
/// tasks are waiting for.
private final class ProgramExecutor: TaskExecutor {
    static let shared = ProgramExecutor()

    private let queue = DispatchQueue(label: "programs")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

/// The two ends of a pipe(7), neither of them kept over exec. Who reads does not wait.
private struct Pipe {
    /// -1 when it is closed.
    var readEnd: Int32
    /// -1 when it is closed.
    var writeEnd: Int32

    init?() {
        var ends: [Int32] = [-1, -1]
        guard chimney_pipe(&ends) == 0 else { return nil }
        (readEnd, writeEnd) = (ends[0], ends[1])
        _ = fcntl(readEnd, F_SETFL, O_NONBLOCK)
    }

    /// What is there; nil if nothing is yet, empty at the end.
    func read() -> [UInt8]? {
        var count = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: 64 << 10) {
            count = Glibc.read(readEnd, $0.baseAddress, $0.count)
            $1 = max(0, count)
        }
        return count >= 0 ? bytes : errno == EAGAIN || errno == EINTR ? nil : []
    }
}
