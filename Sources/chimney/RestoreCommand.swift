import ArgumentParser
import Dragonfly
import Durability
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

            Exit status: 0 the store takes durable writes, 75 it does not yet (with --check), or other hosts have not \
            restored what they have (--alone goes on without them), 78 a setting is wrong or missing, 69 the store or the \
            journal is of no use.
            """)

    @Flag(help: "Tell what the journal has and how the store is, and change nothing.")
    var check = false

    @Flag(help: "Have the store take durable writes without what other hosts may have. It comes in when they are back.")
    var alone = false

    func run() throws {
        let configuration = try Configuration.checked()
        guard let journal = configuration.journal else {
            Console.error("CHIMNEY_JOURNAL_DIR is not set: this host keeps no journal")
            throw ExitCode(78)
        }
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
}
