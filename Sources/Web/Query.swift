import Essentials

/// The parameters of a query string (`application/x-www-form-urlencoded`).
public struct Query: Sendable {
    private let items: [(name: String, value: String)]

    /// No parameters.
    public init() {
        items = []
    }

    /// Reads a query without its `?`. A parameter given twice counts as it was given first.
    ///
    /// - Throws: `Problem` 400 for broken percent-encoding or bytes that are not UTF-8.
    public init(_ text: String) throws(Problem) {
        var items: [(name: String, value: String)] = []
        for part in text.utf8.split(separator: UInt8(ascii: "&")) {
            let pair = part.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
                .map { PercentEncoding.decode(Substring($0), plusIsSpace: true) }
            guard let name = pair[0], let value = pair.count > 1 ? pair[1] : "" else {
                throw .badRequest("Correct the percent-encoding of the query; it has to be UTF-8.")
            }
            items.append((name, value))
        }
        self.items = items
    }

    /// The value of a parameter, nil where it is absent.
    public subscript(name: String) -> String? { items.first { $0.name == name }?.value }

    /// A whole number.
    ///
    /// - Throws: `Problem` 400 where the value is none, or out of its range.
    public func integer(
        _ name: String, default fallback: Int, in range: ClosedRange<Int>
    ) throws(Problem) -> Int {
        guard let text = self[name] else { return fallback }
        guard let number = Int(text), range.contains(number) else {
            throw .badRequest("Set \(name) to a whole number from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }
}
