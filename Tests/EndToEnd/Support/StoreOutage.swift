import TestSupport
import Testing

/// A way in which a store goes away.
enum StoreOutage: String, CaseIterable, CustomTestStringConvertible {
    /// Nobody listens there.
    case refused
    /// It takes connections and does not answer.
    case hanging

    var testDescription: String { rawValue }

    /// Takes a store away.
    func begin(_ server: StoreServer) {
        switch self {
        case .refused: server.stop()
        case .hanging: server.freeze()
        }
    }

    /// Brings it back.
    func end(_ server: StoreServer) throws {
        switch self {
        case .refused: try server.start()
        case .hanging: server.thaw()
        }
    }
}
