import CPosix
import Essentials
import Glibc

/// How a pool becomes the program that now stands at its path, without giving up its process id, its sockets or its
/// scoreboard: a trial run as a child first, then exec in place.
public struct Reload: Sendable {
    /// What one supervisor leaves to the next, in an environment variable.
    public struct Handover: Sendable, Equatable {
        /// A listening socket, and its address if the pool opened it.
        public struct Socket: Sendable, Equatable {
            /// The descriptor, kept over exec.
            public var descriptor: Int32
            /// Nil for an inherited one.
            public var own: ListenAddress?
        }

        var scoreboard: Int32
        var generation: UInt32
        /// In the order in which the pool has them.
        public var listeners: [Socket]
        var children: Set<Int32>

        var text: String {
            let sockets = listeners.map { "\($0.descriptor)=\($0.own?.description ?? "")" }.joined(separator: "\t")
            let pids = children.map(String.init).joined(separator: ",")
            return "\(scoreboard)\n\(generation)\n\(sockets)\n\(pids)"
        }

        /// Reads what `text` has written.
        init?(_ text: String) {
            let parts = text.split(separator: "\n", omittingEmptySubsequences: false)
            guard parts.count == 4, let scoreboard = Int32(parts[0]), let generation = UInt32(parts[1]) else {
                return nil
            }
            self.scoreboard = scoreboard
            self.generation = generation
            listeners = parts[2].split(separator: "\t").compactMap { entry in
                guard let split = entry.firstIndex(of: "="), let descriptor = Int32(entry[..<split]) else { return nil }
                return Socket(
                    descriptor: descriptor, own: ListenAddress(String(entry[entry.index(after: split)...])))
            }
            children = Set(parts[3].split(separator: ",").compactMap { Int32($0) })
        }

        init(scoreboard: Int32, generation: UInt32, listeners: [Socket], children: Set<Int32>) {
            self.scoreboard = scoreboard
            self.generation = generation
            self.listeners = listeners
            self.children = children
        }
    }

    private static let variable = "CHIMNEY_HANDOVER"
    private static let trialSeconds = 15

    /// What the supervisor before this one left; nil on a first start.
    public let handover: Handover?
    private let program: String
    private let arguments: [String]

    /// Notes how the process was started, while the working directory and the environment are still as they were.
    ///
    /// - Parameter arguments: the command line, the program's name first.
    public init(arguments: [String]) {
        self.arguments = arguments
        handover = getenv(Self.variable).flatMap { Handover(String(cString: $0)) }
        unsetenv(Self.variable)
        program = Self.path(of: arguments.first ?? "")
    }

    /// The sockets that the supervisor before this one left.
    public var listeners: [Listener]? {
        handover?.listeners.map { Listener(descriptor: $0.descriptor, own: $0.own) }
    }

    /// The path as it was called, so that a link that points to another build by now is followed; else the file itself.
    private static func path(of name: String) -> String {
        if name.contains("/") {
            guard !name.hasPrefix("/"), let directory = getcwd(nil, 0) else { return name }
            defer { free(directory) }
            return String(cString: directory) + "/" + name
        }
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        guard count > 0 else { return name }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Lets the program check its configuration and answer a request in a child. Returns what is wrong, nil if it is
    /// good.
    func trial() -> String? {
        let child = chimney_fork()
        if child == 0 {
            var none = sigset_t()
            sigemptyset(&none)
            sigprocmask(SIG_SETMASK, &none, nil)
            // Whatever a broken build does, it ends.
            alarm(UInt32(Self.trialSeconds))
            replaceProcess(arguments + ["--check"])
            _exit(127)
        }
        guard child > 0 else { return "cannot fork: \(String(cString: strerror(errno)))" }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 && errno == EINTR {}
        if chimney_wait_exit(status) == 0 { return nil }
        if chimney_wait_exit(status) == 127 { return "\(program) cannot be started" }
        let signal = chimney_wait_signal(status)
        return signal != 0
            ? "\(program) --check ended of SIG\(String(cString: chimney_signal_name(signal)))"
            : "\(program) --check ended with status \(chimney_wait_exit(status))"
    }

    /// Becomes the program. Returns only if that fails, with the reason.
    func execute(_ handover: Handover) -> String {
        setenv(Self.variable, handover.text, 1)
        let kept = [handover.scoreboard] + handover.listeners.map(\.descriptor)
        for descriptor in kept { _ = chimney_set_close_on_exec(descriptor, false) }
        let failure = replaceProcess(arguments)
        for descriptor in kept { _ = chimney_set_close_on_exec(descriptor, true) }
        unsetenv(Self.variable)
        return "cannot start \(program): \(String(cString: strerror(failure)))"
    }

    @discardableResult
    private func replaceProcess(_ arguments: [String]) -> Int32 {
        var pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
        pointers.append(nil)
        execv(program, pointers)
        let failure = errno
        for pointer in pointers { free(pointer) }
        return failure
    }
}
