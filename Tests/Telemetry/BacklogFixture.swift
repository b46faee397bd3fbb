import FastCGI

@testable import Telemetry

/// The samples that the tests of backlogs count.
let backlogCatalogue = Catalogue(routes: ["/a", "/b"])

/// A request of one of their routes.
func request(route: UInt32 = 0, status: UInt16 = 200) -> BacklogEntry.Request {
    BacklogEntry.Request(
        route: route, status: status, cache: BacklogEntry.Request.noCache, microseconds: 1000,
        waited: BacklogEntry.Request.unknownWait)
}

/// A line as a backlog keeps it.
func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// A backlog as the tests look at it.
extension Backlog {
    var lines: [String] { frozenLines().map { String(decoding: $0, as: UTF8.self) } }

    func counts() -> [String: Int64] {
        withUnsafeTemporaryAllocation(of: Int64.self, capacity: backlogCatalogue.samples.count) { buffer in
            frozenCounts(backlogCatalogue, into: buffer)
            var counts: [String: Int64] = [:]
            for (index, count) in buffer.enumerated() where count != 0 {
                counts[String(decoding: backlogCatalogue.samples[index], as: UTF8.self)] = count
            }
            return counts
        }
    }

    func printed() -> [String] {
        var lines: [String] = []
        takeUnprinted { lines.append(String(decoding: $0, as: UTF8.self)) }
        return lines
    }

    /// Appends lines until one is dropped; returns how many were kept.
    func fill(line: [UInt8]) -> Int {
        var kept = 0
        while append(request(), line: line, catalogue: backlogCatalogue) { kept += 1 }
        return kept
    }
}
