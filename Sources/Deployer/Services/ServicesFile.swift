import Essentials

/// The services file: which services there are, and how they are deployed.
struct ServicesFile: Equatable, Sendable {
    /// By their names.
    let services: [String: Service]
}
