import Essentials

/// Every counter that requests raise, named as Prometheus samples. All are known before the first request, so that a
/// count is an addition to an array and the store is sent names and sums only.
public struct Catalogue: Sendable {
    /// Upper bounds of the histograms' buckets, in milliseconds.
    public static let bounds: [Int64] = [5, 25, 100, 500, 2000]
    private static let bucketLabels = bounds.map(String.init) + ["+Inf"]
    private static let classes = ["1xx", "2xx", "3xx", "4xx", "5xx"]
    /// The `route` of requests that no route matches.
    public static let unmatched = "unmatched"

    /// The templates of the route table, in its order.
    public let routes: [String]
    /// The names of all samples; a sample's index is what it is counted under.
    let samples: [[UInt8]]

    private static let perHistogram = bucketLabels.count + 2
    private static let perRoute = classes.count + perHistogram

    /// The samples for these routes.
    public init(routes: [String]) {
        self.routes = routes
        var names: [String] = []
        for route in routes + [Self.unmatched] {
            let label = "route=\"\(Exposition.escaped(route))\""
            for status in Self.classes {
                names.append("chimney_requests_total{\(label),status_class=\"\(status)\"}")
            }
            names += Self.histogram("chimney_request_duration_ms", label: label)
        }
        names += Self.histogram("chimney_queue_wait_ms", label: "")
        names += CounterSample.allCases.map(\.name)
        samples = names.map { Array($0.utf8) }
    }

    /// Tells these samples from those of another build, which has other indexes for them.
    public var fingerprint: UInt64 {
        // FNV-1a: Swift's own hashes differ from process to process.
        samples.joined(separator: [UInt8(ascii: "\n")]).reduce(0xCBF2_9CE4_8422_2325) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01B3
        }
    }

    private static func histogram(_ name: String, label: String) -> [String] {
        let prefix = label.isEmpty ? "" : label + ","
        let braces = label.isEmpty ? "" : "{\(label)}"
        return bucketLabels.map { "\(name)_bucket{\(prefix)le=\"\($0)\"}" } + [
            "\(name)_sum\(braces)", "\(name)_count\(braces)",
        ]
    }

    /// What a sample is counted under.
    func index(of sample: CounterSample) -> Int {
        samples.count - CounterSample.allCases.count + sample.rawValue
    }

    /// The route's name, that of unmatched requests for an index of none.
    public func name(ofRoute index: UInt32) -> String {
        index < routes.count ? routes[Int(index)] : Self.unmatched
    }

    /// Raises the counters of one request.
    func count(_ request: BacklogEntry.Request, into counts: UnsafeMutableBufferPointer<Int64>) {
        let base = min(Int(request.route), routes.count) * Self.perRoute
        counts[base + max(0, min(4, Int(request.status) / 100 - 1))] += 1
        observe(microseconds: Int64(request.microseconds), at: base + Self.classes.count, into: counts)
        if request.waited != BacklogEntry.Request.unknownWait {
            let start = (routes.count + 1) * Self.perRoute
            observe(microseconds: Int64(request.waited) * 1000, at: start, into: counts)
        }
        if let sample = CounterSample(rawValue: Int(request.cache)) { counts[index(of: sample)] += 1 }
    }

    /// Buckets are cumulative, as Prometheus exposes them; the sum is kept in whole microseconds.
    private func observe(microseconds: Int64, at start: Int, into counts: UnsafeMutableBufferPointer<Int64>) {
        for (index, bound) in Self.bounds.enumerated() where microseconds <= bound * 1000 {
            counts[start + index] += 1
        }
        counts[start + Self.bounds.count] += 1
        counts[start + Self.bounds.count + 1] += microseconds
        counts[start + Self.bounds.count + 2] += 1
    }
}
