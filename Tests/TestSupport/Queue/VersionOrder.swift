import Foundation

/// The order of versions, read from Semantic Versioning 2.0.0 (sections 2, 9 and 11) and written without a look at the
/// program's own.
public enum VersionOrder {
    /// Whether one is higher than another; never where one of them is no semantic version.
    public static func isHigher(_ one: String, than other: String) -> Bool {
        guard let one = parts(one), let other = parts(other) else { return false }
        for (left, right) in zip(one.core, other.core) where left != right { return isHigher(number: left, right) }
        switch (one.prerelease, other.prerelease) {
        case (nil, nil): return false
        case (nil, _): return true
        case (_, nil): return false
        case (let left?, let right?):
            for (left, right) in zip(left, right) where left != right { return isHigher(identifier: left, right) }
            return left.count > right.count
        }
    }

    private static func isHigher(identifier left: String, _ right: String) -> Bool {
        switch (isNumber(left), isNumber(right)) {
        case (true, true): isHigher(number: left, right)
        case (true, false): false
        case (false, true): true
        case (false, false): right.utf8.lexicographicallyPrecedes(left.utf8)
        }
    }

    private static func isHigher(number left: String, _ right: String) -> Bool {
        left.count == right.count ? right.utf8.lexicographicallyPrecedes(left.utf8) : left.count > right.count
    }

    private static func isNumber(_ text: String) -> Bool { text.utf8.allSatisfy { (0x30...0x39).contains($0) } }

    private static func parts(_ version: String) -> (core: [String], prerelease: [String]?)? {
        guard version.utf8.count <= 255 else { return nil }
        let text = version.hasPrefix("v") ? String(version.dropFirst()) : version
        let number = "(0|[1-9][0-9]*)"
        let identifier = "(0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)"
        // The specification's own expression, from its frequently asked questions.
        let form =
            "^\(number)[.]\(number)[.]\(number)(-\(identifier)([.]\(identifier))*)?([+][0-9a-zA-Z-]+([.][0-9a-zA-Z-]+)*)?$"
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), text.range(of: form, options: .regularExpression) != nil
        else { return nil }
        let plain = text.prefix { $0 != "+" }
        let halves = plain.split(separator: "-", maxSplits: 1).map { $0.split(separator: ".").map(String.init) }
        return (halves[0], halves.count > 1 ? halves[1] : nil)
    }
}
