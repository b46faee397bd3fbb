import Essentials

/// How a deployment has ended on a host.
struct Outcome {
    /// What is told of it.
    var state: State
    /// The phase in which it has failed; nil for the one that it has ended in.
    var phase: Phase?
    /// The status of the answer to whoever waits.
    var status: Int
    /// What has gone wrong; nil for nothing.
    var error: String?
    /// What was seen last of its health.
    var lastHealth: String?
    /// The last lines of the container that was not healthy.
    var containerLogs: [String] = []
    /// What the reader has to do; nil for nothing.
    var nextStep: String?
    /// The version that runs and is good now; nil where none is known to be.
    var good: GoodVersion?
    /// Whether nobody knows what runs now.
    var isRuined = false
    /// The slot that is live now.
    var slot: BlueGreen.Slot?

    init(
        state: State, status: Int, error: String? = nil, lastHealth: String? = nil,
        containerLogs: [String] = [], nextStep: String? = nil, good: GoodVersion? = nil, slot: BlueGreen.Slot? = nil
    ) {
        self.state = state
        self.status = status
        self.error = error
        self.lastHealth = lastHealth
        self.nextStep = nextStep
        self.containerLogs = containerLogs
        self.good = good
        self.slot = slot
    }

    /// The new version runs.
    static func succeeded(_ version: GoodVersion, slot: BlueGreen.Slot? = nil) -> Outcome {
        Outcome(state: .succeeded, status: 200, good: version, slot: slot)
    }

    /// Nothing was touched.
    static func untouched(_ status: Int, _ error: String, nextStep: String) -> Outcome {
        Outcome(state: .failed, status: status, error: error, nextStep: nextStep)
    }

    /// Tells of one host out of several.
    ///
    /// - Parameter others: the hosts before it, where the deployment has succeeded.
    mutating func place(_ host: String, after others: some Collection<String>) {
        guard state != .succeeded else { return }
        error = "on \(host): \(error ?? "")"
        guard !others.isEmpty else { return }
        let text = "The new version runs on \(others.joined(separator: ", ")), and on no host after \(host)."
        nextStep = [nextStep, text].compactMap { $0 }.joined(separator: " ")
    }

    /// What the record of the deployment is told.
    var fields: [Job.Field: String] {
        [
            .state: state.rawValue, .status: String(status), .error: error ?? "", .lastHealth: lastHealth ?? "",
            .containerLogs: containerLogs.joined(separator: "\n"), .nextStep: nextStep ?? "",
            .slot: slot?.rawValue ?? "",
        ]
    }
}
