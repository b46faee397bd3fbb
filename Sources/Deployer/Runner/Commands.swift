import Essentials
import Glibc

/// Runs the programs that a deployment needs, one at a time, while the caller's thread goes on being told of it.
///
/// Never by a shell: a program and a list of arguments. A program gets an environment that is made for it, nothing to
/// read, and a process group of its own, which ends with it: docker's plugins do not go on when docker has ended.
final class Commands {
    /// The variable that all programs carry, by which a successor finds what a dead runner left (`LeftBehind`).
    static let markerVariable = "CHIMNEY_RUNNER"

    /// Variables of the runner's that programs get: where programs, the operator's registry logins and docker are.
    static let inherited = [
        "PATH", "HOME", "DOCKER_HOST", "DOCKER_CONFIG", "DOCKER_CONTEXT", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY",
    ]

    /// Milliseconds from SIGTERM to SIGKILL.
    private static let patience = 2000
    /// Milliseconds from SIGKILL until a program counts as one that nothing ends (in state D, for example).
    private static let killLimit = 10_000
    /// Milliseconds from one call of `whileRunning` to the next.
    private static let interval = 100

    private let marker: String
    private let whileRunning: () throws -> Void

    /// What runs programs.
    ///
    /// - Parameters:
    ///   - marker: what `CHIMNEY_RUNNER` is for every program.
    ///   - whileRunning: called on the calling thread before a program is started, and every 100 ms while it runs. When
    ///     it throws, the program is not started, or its group is ended (SIGTERM, 2 s later SIGKILL), and `run` throws
    ///     the same.
    init(marker: String, whileRunning: @escaping () throws -> Void) {
        self.marker = marker
        self.whileRunning = whileRunning
    }

    /// How a program ended.
    enum Status: Equatable, Sendable {
        /// By itself, with this status.
        case exited(Int32)
        /// By this signal, which somebody else sent.
        case signalled(Int32)
        /// It took longer than it may, and was ended.
        case timedOut
    }

    /// What is known of a program that has ended.
    struct Output: Equatable, Sendable {
        /// Bytes of standard output that are kept; what follows them is dropped.
        static let limit = 1 << 20
        /// Lines of standard error that are kept, the last ones.
        static let errorLines = 20

        /// How it ended.
        let status: Status
        /// What it wrote to standard output, at most `limit` bytes.
        let standardOutput: [UInt8]
        /// The last lines of its standard error.
        let lastErrorLines: [String]
    }

    /// Runs a program to its end.
    ///
    /// - Parameters:
    ///   - program: a path, or a name that is looked up in PATH.
    ///   - environment: variables that it gets besides those of `inherited`.
    ///   - directory: where it runs; nil for where the runner does.
    ///   - milliseconds: how long it may take; its group is ended then (SIGTERM, 2 s later SIGKILL).
    ///   - onLine: called on the calling thread with every line of standard output and error, in the order in which
    ///     they were read, cut to `OutputLines.limit` bytes, and without control characters.
    /// - Throws: `CommandFailure` if it cannot be started, or not be ended; what `whileRunning` throws.
    func run(
        _ program: String, _ arguments: [String], environment: [String: String] = [:], directory: String? = nil,
        limit milliseconds: Int, onLine: (String) -> Void = { _ in }
    ) throws -> Output {
        // Not one program more where the right to run it has been lost since the last one.
        try whileRunning()
        let running = try RunningProgram(
            program, arguments, environment: variables(environment), directory: directory)
        defer { running.letGo() }
        var collected = CommandOutput()
        func read() {
            running.read(into: &collected)
            for line in collected.takeLines() { onLine(line) }
        }
        var end: Ending?
        let deadline = Self.now + milliseconds
        var nextCall = Self.now
        while !running.hasEnded {
            let now = Self.now
            if end == nil, now >= deadline {
                running.signal(SIGTERM)
                end = Ending(killAt: now + Self.patience)
            }
            if let end, now >= end.killAt {
                running.signal(SIGKILL)
                if now >= end.killAt + Self.killLimit {
                    throw CommandFailure(program, .cannotRun("nothing can end it"))
                }
            }
            if now >= nextCall {
                nextCall = now + Self.interval
                do {
                    if end?.error == nil { try whileRunning() }
                } catch {
                    if end == nil { running.signal(SIGTERM) }
                    end = Ending(killAt: end?.killAt ?? now + Self.patience, error: error)
                }
            }
            running.wait(milliseconds: max(0, nextCall - Self.now))
            read()
        }
        // Whatever it has left running: the next program is not to meet it.
        running.signal(SIGKILL)
        read()
        collected.finish()
        for line in collected.takeLines() { onLine(line) }
        let status = try running.conclude()
        if let error = end?.error { throw error }
        return Output(
            status: end == nil ? status : .timedOut, standardOutput: collected.standardOutput,
            lastErrorLines: collected.lastErrorLines)
    }

    /// A program that is being ended.
    private struct Ending {
        /// When it is killed, in milliseconds of the monotonic clock.
        let killAt: Int
        /// What the caller gets for it; nil if its time was over.
        var error: (any Error)?
    }

    /// Runs a program that has to succeed.
    ///
    /// - Parameters:
    ///   - name: what it is called in the error; names no argument that could be a secret.
    ///   - seconds: how long it may take.
    /// - Returns: what it wrote to standard output, at most `Output.limit` bytes.
    /// - Throws: `CommandFailure` if it ends with anything but status 0; what `whileRunning` throws.
    @discardableResult
    func succeed(
        _ name: String, _ program: String, _ arguments: [String], environment: [String: String] = [:],
        seconds: Int, onLine: (String) -> Void = { _ in }
    ) throws -> [UInt8] {
        let output = try run(
            program, arguments, environment: environment, limit: seconds * 1000, onLine: onLine)
        switch output.status {
        case .exited(0): return output.standardOutput
        case .exited(let status): throw CommandFailure(name, .exited(status), lines: output.lastErrorLines)
        case .signalled(let signal): throw CommandFailure(name, .signalled(signal), lines: output.lastErrorLines)
        case .timedOut: throw CommandFailure(name, .timedOut(seconds: seconds), lines: output.lastErrorLines)
        }
    }

    private func variables(_ given: [String: String]) -> [String: String] {
        var variables = ["PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
        for name in Self.inherited {
            if let value = getenv(name) { variables[name] = String(cString: value) }
        }
        variables.merge(given) { $1 }
        variables[Self.markerVariable] = marker
        return variables
    }

    private static var now: Int { Int(MonotonicClock.microseconds / 1000) }
}
