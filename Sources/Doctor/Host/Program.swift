import CPosix
import Essentials
import Glibc

/// Runs programs of this host: `caddy`, `docker`, `systemctl`.
enum Program {
    /// How it went.
    enum Outcome: Equatable {
        /// It ended by itself.
        case ended(status: Int32, output: String, errors: String)
        /// It is not installed, or cannot be started: the error's number (errno(3)).
        case absent(Int32)
        /// It took too long, or wrote too much, and was ended.
        case givenUp

        /// What it wrote, if it succeeded.
        var output: String? {
            if case .ended(0, let output, _) = self { output } else { nil }
        }
    }

    /// Bytes that it may write.
    private static let limit = 8 << 20

    /// Runs a program to its end (posix_spawnp(3)).
    ///
    /// - Parameters:
    ///   - program: its name, looked for in the PATH of `environment`.
    ///   - milliseconds: how long it may take.
    static func run(
        _ program: String, _ arguments: [String], environment: [String: String], milliseconds: Int
    ) -> Outcome {
        let directories = (environment["PATH"] ?? "").split(separator: ":")
        let paths = directories.map { "\($0)/\(program)" }
        guard let path = paths.first(where: { (path: String) in access(path, X_OK) == 0 }) else {
            return .absent(ENOENT)
        }
        var output: [Int32] = [-1, -1]
        var errors: [Int32] = [-1, -1]
        guard chimney_pipe(&output) == 0 else { return .absent(errno) }
        guard chimney_pipe(&errors) == 0 else {
            for end in output { close(end) }
            return .absent(errno)
        }
        let started = spawn(path, arguments, environment, output: output[1], errors: errors[1])
        close(output[1])
        close(errors[1])
        defer {
            close(output[0])
            close(errors[0])
        }
        guard case .success(let process) = started else {
            if case .failure(let failure) = started { return .absent(failure.number) }
            return .absent(0)
        }
        let deadline = MonotonicClock.microseconds + UInt64(milliseconds) * 1000
        let texts = read([output[0], errors[0]], until: deadline)
        return wait(for: process, until: deadline, texts)
    }

    private struct SpawnFailure: Error { let number: Int32 }

    private static func spawn(
        _ path: String, _ arguments: [String], _ environment: [String: String], output: Int32, errors: Int32
    ) -> Result<pid_t, SpawnFailure> {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, errors, 2)
        let words = ([path] + arguments).map { strdup($0) }
        let variables = environment.map { strdup("\($0.key)=\($0.value)") }
        defer { for text in words + variables { free(text) } }
        var process: pid_t = 0
        let error = posix_spawn(&process, path, &actions, nil, words + [nil], variables + [nil])
        return error == 0 ? .success(process) : .failure(SpawnFailure(number: error))
    }

    /// What comes through pipes until all have ended; nil if that takes too long, or too much comes.
    private static func read(_ pipes: [Int32], until deadline: UInt64) -> [String]? {
        var contents = pipes.map { _ in [UInt8]() }
        var isOpen = pipes.map { _ in true }
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while isOpen.contains(true) {
            let now = MonotonicClock.microseconds
            guard now < deadline else { return nil }
            var watched = zip(pipes, isOpen).map { pollfd(fd: $1 ? $0 : -1, events: Int16(POLLIN), revents: 0) }
            guard poll(&watched, nfds_t(watched.count), Int32((deadline - now) / 1000 + 1)) >= 0 || errno == EINTR
            else {
                return nil
            }
            for (index, entry) in watched.enumerated() where entry.revents != 0 {
                let count = Glibc.read(entry.fd, &chunk, chunk.count)
                if count > 0 { contents[index] += chunk[..<count] }
                if count == 0 || (count < 0 && errno != EINTR) { isOpen[index] = false }
            }
            guard contents.allSatisfy({ $0.count <= limit }) else { return nil }
        }
        return contents.map { String(decoding: $0, as: UTF8.self) }
    }

    private static func wait(for process: pid_t, until deadline: UInt64, _ texts: [String]?) -> Outcome {
        var status: Int32 = 0
        var isLate = texts == nil
        while true {
            if isLate { kill(process, SIGKILL) }
            let ended = waitpid(process, &status, isLate ? 0 : WNOHANG)
            if ended == process { break }
            if ended < 0, errno != EINTR { return .givenUp }
            // Its pipes are closed: it is about to end.
            if MonotonicClock.microseconds >= deadline { isLate = true } else { usleep(1000) }
        }
        guard let texts, !isLate else { return .givenUp }
        return .ended(status: chimney_wait_exit(status), output: texts[0], errors: texts[1])
    }
}
