import ArgumentParser
import Dragonfly
import Durability
import Essentials
import Glibc
import Journal

/// `chimney restore`
struct RestoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Bring what this host's journal has into the store, where that lacks it.",
        discussion: """
            The agent of every host does so by itself whenever the store was started anew, from where the store had all of \
            the journal. This does it by hand, with the whole journal: after journals were brought back from a backup, or on \
            a host without an agent. It can be run at any time and again: what the store has, or has a newer version of, \
            stays as it is.

            It sees the settings as the service does: its environment where systemd runs it, else the caller's, and over both \
            the file of settings. Run it as root: it goes on as the user that the journal belongs to.

            Exit status: 0 the store takes durable writes, 75 it does not yet (with --check), or other hosts have not \
            restored what they have (--alone goes on without them), 77 the file of settings cannot be read by who runs this, \
            78 a setting is wrong or missing, 69 the store or the journal is of no use.
            """)

    @Flag(help: "Tell what the journal has and how the store is, and change nothing.")
    var check = false

    @Flag(help: "Have the store take durable writes without what other hosts may have. It comes in when they are back.")
    var alone = false

    @OptionGroup var installation: InstalledSettings

    /// Where the units have it.
    private static let usualDirectory = "/var/lib/chimney/journal"
    private static let variable = "CHIMNEY_JOURNAL_DIR"

    func run() throws {
        var variables = try installation.read(for: "restore").variables
        if variables[Self.variable] == nil, access(Self.usualDirectory, F_OK) == 0 {
            variables[Self.variable] = Self.usualDirectory
        }
        let configuration = try Configuration.checked(Settings(environment: variables))
        guard let journal = configuration.journal else {
            Console.error("\(Self.variable) is not set: this host keeps no journal")
            throw ExitCode(78)
        }
        try Self.become(ownerOf: journal.directory)
        let restoration = ManualRestoration(
            journal, restorers: Configuration.restorers,
            store: Store(url: configuration.store, prefix: configuration.prefix, timeout: 10_000),
            host: configuration.host)
        let isRestored: Bool
        do {
            isRestored = try check ? restoration.check { print($0) } : restoration.run(isAlone: alone) { print($0) }
        } catch {
            Console.error("\(error)")
            throw ExitCode(69)
        }
        guard isRestored else { throw ExitCode(75) }
    }

    /// Goes on as the user that a directory belongs to, if this is root: what root left there, the service could not open.
    private static func become(ownerOf directory: String) throws {
        var status = stat()
        guard stat(directory, &status) == 0 else {
            Console.error(
                "\(directory) (\(variable)) cannot be read: \(String(cString: strerror(errno))); the service makes it")
            throw ExitCode(69)
        }
        guard geteuid() == 0, status.st_uid != 0 else { return }
        let user = getpwuid(status.st_uid)?.pointee
        let group = user?.pw_gid ?? status.st_gid
        let hasGroups = user.map { initgroups($0.pw_name, group) } ?? setgroups(0, nil)
        guard hasGroups == 0, setgid(group) == 0, setuid(status.st_uid) == 0 else {
            Console.error(
                "\(directory) belongs to the user \(status.st_uid), who this process cannot be; run restore as that user"
            )
            throw ExitCode(69)
        }
    }
}
