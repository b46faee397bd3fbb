/// A version of a program: numbers, compared one after the other.
struct Version: Comparable, CustomStringConvertible {
    private let numbers: [Int]

    /// A version.
    init(_ numbers: [Int]) { self.numbers = numbers }

    /// Reads `2.10.0`, `v1.40.1-rc2` or `df-v1.38.2`; nil where there is no number.
    init?(_ text: String) {
        let digits = text.drop { !$0.isNumber }.prefix { $0.isNumber || $0 == "." }
        numbers = digits.split(separator: ".").compactMap { Int($0) }
        if numbers.isEmpty { return nil }
    }

    var description: String { numbers.map(String.init).joined(separator: ".") }

    private func number(_ index: Int) -> Int { index < numbers.count ? numbers[index] : 0 }

    static func == (left: Version, right: Version) -> Bool { !(left < right) && !(right < left) }

    static func < (left: Version, right: Version) -> Bool {
        for index in 0..<max(left.numbers.count, right.numbers.count)
        where left.number(index) != right.number(index) {
            return left.number(index) < right.number(index)
        }
        return false
    }
}
