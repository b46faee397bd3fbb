import Essentials
import Glibc

/// Somebody, as the kernel knows them.
struct Identity: Equatable {
    /// What they are called, for messages.
    let name: String
    let user: uid_t
    let groups: Set<gid_t>

    /// Who a process is.
    init?(process: pid_t) {
        let lines = ProcessTable.contents("/proc/\(process)/status").split(whereSeparator: \.isNewline)
        func numbers(_ name: String) -> [UInt32] {
            let line = lines.first { $0.hasPrefix(name) } ?? ""
            return line.dropFirst(name.count).split(whereSeparator: \.isWhitespace).compactMap { UInt32($0) }
        }
        // Real, effective, saved, for files: proc(5).
        guard let user = numbers("Uid:").last, let group = numbers("Gid:").last else { return nil }
        self.init(name: Self.userName(user), user: user, groups: Set(numbers("Groups:") + [group]))
    }

    /// A user of this host, with all groups (getgrouplist(3)); nil if there is none of the name.
    init?(user name: String) {
        guard let entry = getpwnam(name) else { return nil }
        let (user, group) = (entry.pointee.pw_uid, entry.pointee.pw_gid)
        var count: Int32 = 256
        var groups = [gid_t](repeating: 0, count: Int(count))
        guard getgrouplist(name, group, &groups, &count) >= 0 else { return nil }
        self.init(name: name, user: user, groups: Set(groups.prefix(Int(count))))
    }

    /// Somebody.
    init(name: String, user: uid_t, groups: Set<gid_t>) {
        self.name = name
        self.user = user
        self.groups = groups
    }

    /// Who speaks to chimney's sockets: the user of that name, else that of the running Caddy, else `caddy`.
    static func frontEnd(named name: String?) -> Identity? {
        if let name { return Identity(user: name) }
        return ProcessTable.processes(named: "caddy").lazy.compactMap { Identity(process: $0) }.first
            ?? Identity(user: "caddy")
    }

    /// The name of a user, or its number.
    static func userName(_ user: uid_t) -> String {
        getpwuid(user).map { String(cString: $0.pointee.pw_name) } ?? String(user)
    }

    /// The name of a group, or its number.
    static func groupName(_ group: gid_t) -> String {
        getgrgid(group).map { String(cString: $0.pointee.gr_name) } ?? String(group)
    }
}

/// The processes of this host (proc(5)).
enum ProcessTable {
    /// The name of a process; nil if there is none.
    static func name(of process: pid_t) -> String? {
        let text = contents("/proc/\(process)/comm")
        return text.isEmpty ? nil : String(text.prefix { !$0.isNewline })
    }

    /// The processes with a name, in the order of their ids.
    static func processes(named name: String) -> [pid_t] {
        guard let directory = opendir("/proc") else { return [] }
        defer { closedir(directory) }
        var found: [pid_t] = []
        while let entry = readdir(directory) {
            let text = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let process = pid_t(text), self.name(of: process) == name { found.append(process) }
        }
        return found.sorted()
    }

    /// The words of the command line of a process.
    static func arguments(of process: pid_t) -> [String] { words("/proc/\(process)/cmdline") }

    /// The variables that a process was started with; empty where one may not see them.
    static func variables(of process: pid_t) -> [String: String] {
        var variables: [String: String] = [:]
        for entry in words("/proc/\(process)/environ") {
            guard let split = entry.firstIndex(of: "=") else { continue }
            variables[String(entry[..<split])] = String(entry[entry.index(after: split)...])
        }
        return variables
    }

    private static func words(_ path: String) -> [String] { contents(path).split(separator: "\0").map(String.init) }

    /// What a file of the kernel's holds, at most 256 KiB; empty if it cannot be read.
    static func contents(_ path: String) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while bytes.count < 1 << 18 {
            let count = read(descriptor, &chunk, chunk.count)
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
