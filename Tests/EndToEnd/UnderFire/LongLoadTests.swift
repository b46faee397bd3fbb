import TestSupport
import Testing

extension EndToEnd.UnderFire {
    /// All routes in the proportions in which they are used, with streams open and deployments going on all the while: what
    /// there is in the end is compared with what there was after the first requests, and what clients have counted with what
    /// chimney has.
    @Suite struct LongLoadTests {
        private static let requests = EndToEnd.UnderFire.count(20_000, long: 1_000_000)
        private static let streams = EndToEnd.UnderFire.count(100, long: 500)
        /// After so many requests each process has had to do with everything.
        private static let mark = 10_000

        @Test("Nothing grows but what is kept for ever, nothing is lost, and everything is counted once")
        func longLoad() async throws {
            try await withLongLoad { load in
                let listeners = try Listeners(of: load, Self.streams)
                let first = try load.run(Self.mark)
                let last = try load.run(Self.requests - Self.mark)
                if EndToEnd.UnderFire.isLong { print("\(first)\n\(last)") }
                #expect(load.acknowledged.failures.prefix(5) == [])

                last.expectNoMoreMemory(than: first)
                last.expectNoMoreDescriptors(than: first)
                try last.expectNoMoreStored(than: first)
                try load.expectBounds()
                try listeners.expectWholeStories()
                let closed = try listeners.close()
                #expect(closed.streamerDescriptors == last.footprint.streamerDescriptors - Self.streams)

                try load.expectAcknowledged()
                try load.expectEveryRoute()
                try load.expectCounted()
                try load.expectQuietLogs()
            }
        }
    }
}
