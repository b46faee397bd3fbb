import Glibc
import Testing

@testable import Doctor

@Suite("What is wrong with a host") struct HostTests {
    private static let caddy = Identity(name: "caddy", user: 10, groups: [20])

    private func status(_ permissions: mode_t, _ owner: uid_t, _ group: gid_t) -> FileStatus {
        FileStatus(kind: .other, permissions: permissions, owner: owner, group: group)
    }

    @Test(
        "Who may do what with a file is said by the first class that one is in",
        arguments: [
            (0o600, 10, 1, true), (0o060, 1, 20, true), (0o006, 1, 1, true), (0o066, 10, 20, false),
            (0o606, 1, 20, false), (0o660, 1, 1, false),
        ] as [(mode_t, uid_t, gid_t, Bool)])
    func permissions(_ permissions: mode_t, _ owner: uid_t, _ group: gid_t, _ mayWrite: Bool) {
        #expect(status(permissions, owner, group).allows(2, Self.caddy) == mayWrite)
        #expect(status(permissions, owner, group).allows(2, Identity(name: "root", user: 0, groups: [])))
    }

    @Test("What keeps somebody from a file is named: a directory, or the file itself")
    func obstacles() {
        var files = [
            "/run": status(0o755, 0, 0), "/run/chimney": status(0o755, 0, 0),
            "/run/chimney/chimney.sock": status(0o660, 5, 20),
        ]
        func obstacle() -> String? {
            Access.obstacle(to: "/run/chimney/chimney.sock", 2, for: Self.caddy) { files[$0] }
        }
        #expect(obstacle() == nil)
        files["/run/chimney/chimney.sock"] = status(0o660, 5, 5)
        #expect(obstacle()?.hasPrefix("caddy may not write to /run/chimney/chimney.sock (0660 of ") == true)
        files["/run/chimney"] = status(0o700, 5, 5)
        #expect(obstacle()?.hasPrefix("caddy may not enter /run/chimney (0700 of ") == true)
        files["/run/chimney"] = nil
        #expect(obstacle() == "there is no /run/chimney")
    }

    @Test("Descriptors: as many as clients may be held")
    func descriptors() {
        let limits = """
            Limit                     Soft Limit           Hard Limit           Units
            Max processes             100                  200                  processes
            Max open files            1024                 4096                 files
            """
        #expect(LimitChecks.openFiles(limits) == 4096)
        #expect(LimitChecks.openFiles("Max open files 1 unlimited files") == Int.max)
        #expect(LimitChecks.openFiles("") == nil)
        #expect(LimitChecks.held(["chimney", "pool"]) == 10_000)
        #expect(LimitChecks.held(["chimney", "pool", "--max-held", "50"]) == 50)
        #expect(LimitChecks.held(["chimney", "pool", "--max-held=60"]) == 60)
        #expect(LimitChecks.judge(limit: 4096, held: 10_000).findings.map(\.severity) == [.warning])
        #expect(LimitChecks.judge(limit: 65_536, held: 10_000).findings.isEmpty)
        #expect(LimitChecks.judge(backlog: 128).findings.map(\.severity) == [.warning])
        #expect(LimitChecks.judge(backlog: 4096).findings.isEmpty)
    }

    @Test("The file system that a path is on is the one with the longest mount point above it")
    func fileSystems() {
        let mounts = """
            /dev/sda / ext4 rw 0 0
            tmpfs /run tmpfs rw 0 0
            /dev/sdb /run/chimney-disk xfs rw 0 0
            """
        #expect(FileChecks.kind(of: "/run/chimney/cache", mounts: mounts) == "tmpfs")
        #expect(FileChecks.kind(of: "/run/chimney-disk/cache", mounts: mounts) == "xfs")
        #expect(FileChecks.kind(of: "/runner", mounts: mounts) == "ext4")
        #expect(FileChecks.kind(of: "/run", mounts: "") == nil)
    }

    @Test("The directory of the journal is there, may be written to, and has room")
    func journal() {
        let own = FileStatus(kind: .directory, permissions: 0o700, owner: 10, group: 20)
        func severities(
            _ status: FileStatus?, free: Int64? = 1 << 40, isReadOnly: Bool = false, writer: Identity? = Self.caddy
        ) -> [Finding.Severity] {
            FileChecks.judge(journal: "/j", status, free: free, isReadOnly: isReadOnly, writer: writer).findings
                .map(\.severity)
        }
        #expect(severities(own).isEmpty)
        #expect(severities(own, writer: nil).isEmpty)
        #expect(severities(nil) == [.fault])
        #expect(severities(own, isReadOnly: true) == [.fault])
        #expect(severities(own, writer: Identity(name: "x", user: 1, groups: [])) == [.fault])
        #expect(severities(own, free: 500 << 20) == [.warning])
        #expect(severities(own, free: 1 << 20) == [.fault])
    }

    @Test("Workers that refuse durable writes are a fault, whatever the directory looks like")
    func journalInUse() {
        #expect(FileChecks.judge(journal: "ok", in: "/j").findings.isEmpty)
        let restoring = FileChecks.judge(journal: "restoring", in: "/j").findings
        #expect(restoring.map(\.severity) == [.fault])
        #expect(restoring.first?.remedy.contains("chimney restore --check") == true)
        #expect(FileChecks.judge(journal: "unwritable", in: "/j").findings.map(\.severity) == [.fault])
    }

    @Test("A program is run to its end, and ended where it takes too long")
    func programs() {
        let path = ["PATH": "/nonexistent:/usr/bin:/bin", "WORD": "out"]
        func run(_ script: String, milliseconds: Int = 10_000) -> Program.Outcome {
            Program.run("sh", ["-c", script], environment: path, milliseconds: milliseconds)
        }
        #expect(run("echo $WORD; echo err >&2; exit 3") == .ended(status: 3, output: "out\n", errors: "err\n"))
        #expect(run("exec sleep 60", milliseconds: 50) == .givenUp)
        #expect(run("exec >&- 2>&-; sleep 60", milliseconds: 50) == .givenUp)
        #expect(Program.run("no-such-program", [], environment: path, milliseconds: 1000) == .absent(ENOENT))
    }
}
