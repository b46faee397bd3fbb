import Foundation
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

extension HTTPClient {
    /// Waits until every worker of an origin has the store again, once that is back.
    ///
    /// What one of them answers says nothing of the others: each tries anew in its own time, at most half a second after its last
    /// attempt (`Store.retryPauses`), which may have been under way as the store came back. So for longer than that no answer
    /// may be another one.
    func hasStoreAgain() throws -> Bool {
        try eventually {
            let end = monotonicMilliseconds + 1000
            while monotonicMilliseconds < end {
                guard try get("/ready").status == 200 else { return false }
                usleep(10_000)
            }
            return true
        }
    }
}

extension Origin {
    /// Waits until every worker has the store again, once that is back.
    func hasStoreAgain() throws -> Bool { try http.hasStoreAgain() }
}
