import Foundation

/// Starts processes from one thread that never ends, so that they can be told to die with it
/// (`setpriv --pdeathsig`): nothing is left running when a test process is killed.
final class Spawner: @unchecked Sendable {
    static let shared = Spawner()

    private let condition = NSCondition()
    private var work: [() -> Void] = []

    private init() {
        let thread = Thread { [self] in
            while true {
                condition.lock()
                while work.isEmpty { condition.wait() }
                let next = work.removeFirst()
                condition.unlock()
                next()
            }
        }
        thread.name = "spawner"
        thread.start()
    }

    /// Starts a program.
    ///
    /// - Parameter descriptors: what the program has as descriptors; those that are not named are closed or, up to 2,
    ///   `/dev/null`.
    func spawn(_ arguments: [String], environment: [String: String], descriptors: [Int32: Int32]) throws -> pid_t {
        let wrapped = [try Tool.path("setpriv"), "--pdeathsig", "KILL", "--"] + arguments
        let done = DispatchSemaphore(value: 0)
        let result = Box<(pid_t, Int32)>((0, 0))
        condition.lock()
        work.append {
            result.value = Self.spawn(wrapped, environment, descriptors)
            done.signal()
        }
        condition.signal()
        condition.unlock()
        done.wait()
        let (pid, failure) = result.value
        guard failure == 0 else {
            throw TestSupportError("\(arguments[0]) cannot be started: \(String(cString: strerror(failure))).")
        }
        return pid
    }

    private final class Box<Value>: @unchecked Sendable {
        var value: Value
        init(_ value: Value) { self.value = value }
    }

    private static func spawn(
        _ arguments: [String], _ environment: [String: String], _ descriptors: [Int32: Int32]
    ) -> (pid_t, Int32) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // What is handed on must not be hit by what is opened or moved before.
        let moved = descriptors.mapValues { fcntl($0, F_DUPFD_CLOEXEC, 100) }
        defer { for descriptor in moved.values { close(descriptor) } }
        for standard: Int32 in 0...2 where moved[standard] == nil {
            posix_spawn_file_actions_addopen(&actions, standard, "/dev/null", standard == 0 ? O_RDONLY : O_WRONLY, 0)
        }
        for (target, source) in moved { posix_spawn_file_actions_adddup2(&actions, source, target) }

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        var envp: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in argv + envp { free(text) } }
        var pid: pid_t = 0
        let failure = posix_spawn(&pid, arguments[0], &actions, &attributes, &argv, &envp)
        return (pid, failure)
    }
}
