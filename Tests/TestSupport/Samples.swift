/// The samples of a Prometheus exposition.
public struct Samples: Equatable, Sendable {
    /// Values by sample name with labels.
    public let values: [String: Double]

    /// Reads an exposition; comments and what is no sample are left out.
    public init(_ text: String) {
        var values: [String: Double] = [:]
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            guard let space = line.lastIndex(of: " "), let value = Double(line[line.index(after: space)...]) else {
                continue
            }
            values[String(line[..<space])] = value
        }
        self.values = values
    }

    /// The value of a sample, 0 where there is none.
    public subscript(name: String) -> Double { values[name] ?? 0 }

    /// Requests counted for a route and a class of status such as `2xx`.
    public func requests(_ route: String, _ status: String) -> Int {
        Int(self["chimney_requests_total{route=\"\(route)\",status_class=\"\(status)\"}"])
    }

    /// All requests counted.
    public var requests: Int {
        Int(values.filter { $0.key.hasPrefix("chimney_requests_total{") }.values.reduce(0, +))
    }
}
