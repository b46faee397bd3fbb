import CPosix
import Essentials
import Glibc

/// A process that is no child of this one, held so that its id cannot come to mean another one (pidfd_open(2), from
/// Linux 5.3).
struct OtherProcess: ~Copyable {
    /// Its id.
    let id: pid_t
    private let descriptor: Int32

    /// The process with an id; nil if there is none.
    init?(_ id: pid_t) {
        descriptor = chimney_process_descriptor(id)
        guard descriptor >= 0 else { return nil }
        self.id = id
    }

    deinit { close(descriptor) }

    /// Ends it at once; a stopped one as well.
    func kill() { _ = chimney_signal_process(descriptor, SIGKILL) }

    /// Waits until it has ended.
    ///
    /// - Returns: whether it did within the time.
    func ends(within milliseconds: Int) -> Bool {
        let deadline = MonotonicClock.microseconds + UInt64(max(0, milliseconds)) * 1000
        while true {
            let now = MonotonicClock.microseconds
            var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let left = now >= deadline ? 0 : (deadline - now + 999) / 1000
            let count = poll(&watched, 1, Int32(clamping: left))
            if count > 0 { return true }
            if now >= deadline { return false }
        }
    }

    /// Whether it has a variable with this value in its environment, as it was when its program began (proc(5)). Of
    /// other users' processes nothing can be known.
    func carries(_ name: String, _ value: String) -> Bool {
        let environment = ProcessFiles.contents("/proc/\(id)/environ")
        return environment.split(separator: 0).contains { $0.elementsEqual("\(name)=\(value)".utf8) }
    }

    /// Whether it has this file open.
    func hasOpen(_ file: stat) -> Bool {
        ProcessFiles.names(in: "/proc/\(id)/fd").contains { name in
            var found = stat()
            return stat("/proc/\(id)/fd/\(name)", &found) == 0
                && found.st_dev == file.st_dev && found.st_ino == file.st_ino
        }
    }
}

/// Reads /proc (proc(5)).
enum ProcessFiles {
    /// Bytes of a file that are read: more than a program's arguments and variables may have (execve(2)).
    private static let limit = 8 << 20

    /// The processes of this machine.
    static var processes: [pid_t] { names(in: "/proc").compactMap { pid_t($0) } }

    /// What is in a file; nothing if it cannot be read.
    static func contents(_ path: String) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count < limit {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        return bytes
    }

    /// The names in a directory; none if it cannot be read.
    static func names(in directory: String) -> [String] {
        guard let open = opendir(directory) else { return [] }
        defer { closedir(open) }
        var names: [String] = []
        while let entry = readdir(open) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                })
        }
        return names
    }
}
