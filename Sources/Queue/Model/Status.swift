/// What has become of a deployment.
public enum Status: String, CaseIterable, Sendable {
    /// It waits for its turn.
    case scheduled
    /// Somebody carries it out.
    case inProgress = "in_progress"
    /// It is what runs, or was until a later one took its place.
    case deployed
    /// It was given up, or a later one was deployed before it.
    case skipped
    /// It could not be carried out.
    case failed
    /// Another one was made to take its place.
    case rolledBack = "rolled_back"

    /// What may become of one in this status by somebody's word.
    var successors: [Status] {
        switch self {
        case .scheduled: [.inProgress, .deployed, .skipped, .failed]
        case .inProgress: [.deployed, .failed, .scheduled]
        case .failed: [.inProgress, .rolledBack, .scheduled]
        case .skipped: [.scheduled]
        case .deployed: [.rolledBack]
        case .rolledBack: []
        }
    }

    /// The statuses from which this one can be reached.
    var predecessors: [Status] { Self.allCases.filter { $0.successors.contains(self) } }

    /// Those that a rollback can take the place of.
    static let replaceable: [Status] = [.failed, .inProgress, .deployed]

    /// Their names as a sentence has them.
    static let names = allCases.map(\.rawValue).joined(separator: ", ")

    /// Some of them as a sentence has those of which it takes one: `failed, in_progress or deployed`.
    static func choice(of statuses: [Status]) -> String {
        let names = statuses.map(\.rawValue)
        guard names.count > 1, let last = names.last else { return names.first ?? "" }
        return names.dropLast().joined(separator: ", ") + " or \(last)"
    }
}

/// Why a deployment was made.
public enum Trigger: String, CaseIterable, Sendable {
    /// By a pipeline.
    case auto
    /// By hand.
    case manual
    /// To go back to an earlier one.
    case rollback
}

/// Where something is deployed.
public enum Provider: String, CaseIterable, Sendable {
    /// Google Cloud.
    case gcp
    /// Amazon Web Services.
    case aws
    /// Microsoft Azure.
    case azure
}

/// What kind of thing is deployed.
public enum Kind: String, CaseIterable, Sendable {
    /// A workload of Kubernetes.
    case k8s
    /// Infrastructure by Terraform.
    case terraform
    /// A data pipeline.
    case dataPipeline = "data_pipeline"
}
