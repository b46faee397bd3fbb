import Foundation
import Testing

extension EndToEnd {
    /// Tests that try to break what the others promise: rubbish at every socket, faults of all that chimney stands on, and
    /// loads, each beside requests that have to be answered rightly throughout.
    @Suite(.serialized) enum UnderFire {
        /// Whether they may take hours (`Tests/run --long`), and not a few minutes together.
        static let isLong = ProcessInfo.processInfo.environment["CHIMNEY_LONG"] == "1"

        /// A number of inputs, requests or rounds: the first as part of all tests, the second by `Tests/run --long`.
        static func count(_ short: Int, long: Int) -> Int { isLong ? long : short }

        /// Cases of a test: all together as part of all tests, since most of the time goes by around them, each on its own
        /// by `Tests/run --long`.
        static func groups<Case>(of cases: [Case]) -> [[Case]] { isLong ? cases.map { [$0] } : [cases] }
    }
}
