import FastCGI

@testable import Telemetry

/// The samples that the tests of journals count.
let journalCatalogue = Catalogue(routes: ["/a", "/b"])

/// A request of one of their routes.
func request(route: UInt32 = 0, status: UInt16 = 200) -> JournalEntry.Request {
    JournalEntry.Request(
        route: route, status: status, cache: JournalEntry.Request.noCache, microseconds: 1000,
        waited: JournalEntry.Request.unknownWait)
}

/// A line as a journal keeps it.
func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// A journal as the tests look at it.
extension Journal {
    var lines: [String] { frozenLines().map { String(decoding: $0, as: UTF8.self) } }

    func counts() -> [String: Int64] {
        withUnsafeTemporaryAllocation(of: Int64.self, capacity: journalCatalogue.samples.count) { buffer in
            frozenCounts(journalCatalogue, into: buffer)
            var counts: [String: Int64] = [:]
            for (index, count) in buffer.enumerated() where count != 0 {
                counts[String(decoding: journalCatalogue.samples[index], as: UTF8.self)] = count
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
        while append(request(), line: line, catalogue: journalCatalogue) { kept += 1 }
        return kept
    }
}
