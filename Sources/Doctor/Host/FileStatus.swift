import Glibc

/// What the file system says of a file (stat(2)).
struct FileStatus: Equatable {
    /// What kind of file.
    enum Kind: Equatable {
        case file
        case directory
        case socket
        case other
    }

    let kind: Kind
    /// The nine bits of its permissions.
    let permissions: mode_t
    let owner: uid_t
    let group: gid_t

    /// The status of a file; nil, and `errno`, if it cannot be had.
    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .directory
            case S_IFSOCK: .socket
            default: .other
            }
        permissions = status.st_mode & 0o777
        owner = status.st_uid
        group = status.st_gid
    }

    /// A status.
    init(kind: Kind, permissions: mode_t, owner: uid_t, group: gid_t) {
        self.kind = kind
        self.permissions = permissions
        self.owner = owner
        self.group = group
    }

    /// The permissions in octal, and whose it is: `0660 of chimney:caddy`.
    var description: String {
        let octal = String(permissions, radix: 8)
        let padded = String(repeating: "0", count: max(0, 4 - octal.count)) + octal
        return "\(padded) of \(Identity.userName(owner)):\(Identity.groupName(group))"
    }

    /// Whether somebody may read (4), write to (2) or enter (1) it (path_resolution(7)).
    func allows(_ access: mode_t, _ identity: Identity) -> Bool {
        if identity.user == 0 { return true }
        let shift: mode_t = identity.user == owner ? 6 : identity.groups.contains(group) ? 3 : 0
        return permissions >> shift & access == access
    }
}

/// What somebody lacks to reach a file.
enum Access {
    /// Why somebody cannot do with a file what `access` says, as far as permissions tell; nil if nothing keeps them.
    ///
    /// - Parameters:
    ///   - access: 4 to read, 2 to write, 1 to enter; a sum of them.
    ///   - status: looks at a file.
    static func obstacle(
        to path: String, _ access: mode_t, for identity: Identity, status: (String) -> FileStatus? = FileStatus.init
    ) -> String? {
        var directory = ""
        let parts = path.split(separator: "/")
        for part in parts.dropLast() {
            directory += "/\(part)"
            guard let found = status(directory) else { return "there is no \(directory)" }
            guard found.allows(1, identity) else {
                return "\(identity.name) may not enter \(directory) (\(found.description))"
            }
        }
        guard let found = status(path) else { return "there is no \(path)" }
        guard found.allows(access, identity) else {
            let word = access & 2 != 0 ? "write to" : access & 4 != 0 ? "read" : "enter"
            return "\(identity.name) may not \(word) \(path) (\(found.description))"
        }
        return nil
    }
}
