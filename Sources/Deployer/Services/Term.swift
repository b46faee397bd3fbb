/// A number of the services file: its name, its range, and what it is where the file is silent.
///
/// This is the one place where the defaults stand; the README shows them.
struct Term: Sendable {
    /// The member's name.
    let name: String
    /// What it may be.
    let range: ClosedRange<Int>
    /// What it is where it is absent.
    let standard: Int

    init(_ name: String, _ range: ClosedRange<Int>, standard: Int) {
        self.name = name
        self.range = range
        self.standard = standard
    }

    // MARK: Of a health check

    /// `Health.startPeriod`
    static let startPeriod = Term("start_period_s", 0...3600, standard: 5)
    /// `Health.interval`
    static let interval = Term("interval_s", 1...3600, standard: 2)
    /// `Health.timeout`
    static let timeout = Term("timeout_s", 1...3600, standard: 3)
    /// `Health.limit`
    static let limit = Term("limit_s", 1...3600, standard: 60)
    /// `Health.successes`
    static let successes = Term("successes", 1...100, standard: 2)

    // MARK: Of commands

    /// `Limits.pull`
    static let pull = Term("pull_s", 1...3600, standard: 600)
    /// `Limits.command`
    static let command = Term("command_s", 1...600, standard: 60)
    /// `Limits.script`
    static let script = Term("script_s", 1...7200, standard: 900)

    // MARK: Of a switch

    /// `BlueGreen.drain`
    static let drain = Term("drain_s", 0...3600, standard: 10)
}
