import Foundation

/// A process that a test has started. It ends with the test at the latest.
public final class ChildProcess: @unchecked Sendable {
    /// How a process ended.
    public enum End: Equatable, Sendable {
        /// With a status of its own.
        case exited(Int32)
        /// By a signal.
        case signalled(Int32)
    }

    /// The process id.
    public let pid: pid_t
    /// The name of the program, for messages.
    public let name: String

    private let condition = NSCondition()
    private var end: End?
    private let files: TemporaryDirectory
    private let outputPath: String
    /// The file that has what it writes to standard error.
    public let errorPath: String

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - program: a path, or a name that is looked up in PATH.
    ///   - environment: all variables that it gets besides PATH. Telemetry that it would send to a collector of this
    ///     machine it keeps to itself, unless `OTEL_SDK_DISABLED` is named here.
    ///   - descriptors: descriptors that it gets besides 1 and 2, by their number there.
    /// - Throws: `TestSupportError` if it cannot be started.
    public init(
        _ program: String, _ arguments: [String] = [], environment: [String: String] = [:],
        descriptors: [Int32: Int32] = [:]
    ) throws {
        files = try TemporaryDirectory()
        outputPath = files.file("stdout")
        errorPath = files.file("stderr")
        name = program.split(separator: "/").last.map(String.init) ?? program
        let path = program.contains("/") ? program : try Tool.path(program)
        let output = open(outputPath, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        let errors = open(errorPath, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        defer {
            close(output)
            close(errors)
        }
        let defaults = [
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "OTEL_SDK_DISABLED": "true",
        ]
        pid = try Spawner.shared.spawn(
            [path] + arguments, environment: defaults.merging(environment) { $1 },
            descriptors: [1: output, 2: errors].merging(descriptors) { $1 })
        let thread = Thread { [weak self, pid] in
            var info = siginfo_t()
            while waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) != 0, errno == EINTR {}
            guard let self else {
                var status: Int32 = 0
                waitpid(pid, &status, 0)
                return
            }
            self.reap()
        }
        thread.stackSize = 256 << 10
        thread.start()
    }

    private func reap() {
        condition.lock()
        defer { condition.unlock() }
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        let signal = status & 0x7F
        end = signal == 0 ? .exited((status >> 8) & 0xFF) : .signalled(signal)
        condition.broadcast()
    }

    /// What it has written to standard output so far.
    public var output: String { Self.text(outputPath) }

    /// What it has written to standard error so far.
    public var errors: String { Self.text(errorPath) }

    private static func text(_ path: String) -> String {
        String(decoding: (try? Data(contentsOf: URL(fileURLWithPath: path))) ?? Data(), as: UTF8.self)
    }

    /// Whether it has not ended.
    public var isRunning: Bool {
        condition.lock()
        defer { condition.unlock() }
        return end == nil
    }

    /// Sends it a signal, unless it has ended.
    public func signal(_ signal: Int32) {
        condition.lock()
        defer { condition.unlock() }
        if end == nil { kill(pid, signal) }
    }

    /// Waits until it ends.
    ///
    /// - Returns: how it ended; nil if it has not within `seconds`.
    public func wait(within seconds: Double = patience) -> End? {
        let deadline = Date(timeIntervalSinceNow: seconds)
        condition.lock()
        defer { condition.unlock() }
        while end == nil {
            if !condition.wait(until: deadline) { break }
        }
        return end
    }

    /// Ends it: by SIGTERM, or by SIGKILL if it has not ended after `seconds`.
    @discardableResult
    public func terminate(within seconds: Double = patience) -> End? {
        signal(SIGTERM)
        if let end = wait(within: seconds) { return end }
        return killNow()
    }

    /// Ends it by SIGKILL.
    @discardableResult
    public func killNow() -> End? {
        signal(SIGKILL)
        return wait()
    }

    deinit {
        if end == nil { kill(pid, SIGKILL) }
    }
}

/// A program that ran to its end.
public struct FinishedProcess: Sendable {
    /// How it ended; nil if it had to be killed.
    public let end: ChildProcess.End?
    /// Its standard output.
    public let output: String
    /// Its standard error.
    public let errors: String

    /// Runs a program to its end; it is killed if it takes longer than `seconds`.
    ///
    /// - Parameter input: its standard input.
    /// - Throws: `TestSupportError` if it cannot be started.
    public init(
        _ program: String, _ arguments: [String] = [], environment: [String: String] = [:], input: [UInt8] = [],
        within seconds: Double = patience
    ) throws {
        let files = try TemporaryDirectory()
        let path = files.file("stdin")
        try Data(input).write(to: URL(fileURLWithPath: path))
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        defer { close(descriptor) }
        let process = try ChildProcess(program, arguments, environment: environment, descriptors: [0: descriptor])
        end = process.wait(within: seconds)
        if end == nil { process.killNow() }
        output = process.output
        errors = process.errors
    }
}
