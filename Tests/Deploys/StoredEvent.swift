import FoundationEssentials

@testable import Deploys

/// Events as the ring keeps them.
enum StoredEvent {
    static func read(_ bytes: [UInt8]) throws -> DeployEvent {
        try JSONDecoder().decode(DeployEvent.self, from: Data(bytes))
    }
}
