import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// What workers keep of the memory that they have needed: there are many of them, and most have nothing to do for most of
    /// the time.
    @Suite struct WorkerMemoryTests {
        @Test("A worker that rests gives back what its largest answers have taken")
        func rest() async throws {
            try await withOrigin(workers: 1) { origin throws in
                let worker = try #require(origin.pool.workers.first)
                // A thousand lines, for the ring.
                for _ in 0..<1000 { _ = try origin.get("/api/version") }
                let before = Footprint.privateMemory(of: worker)
                for _ in 0..<50 {
                    for query in ["limit=1000", "level=info&limit=1000", "limit=500&request_id=none"] {
                        #expect(try origin.get("/api/logs?\(query)").status == 200)
                    }
                }
                var now = 0
                #expect(
                    eventually {
                        now = Footprint.privateMemory(of: worker)
                        return now < before + 256 << 10
                    }, "\(now) bytes after \(before)")
            }
        }
    }
}
