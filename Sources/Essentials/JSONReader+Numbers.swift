extension JSONReader {
    /// A number as it is written.
    public enum Number: Equatable, Sendable {
        /// Without fraction and exponent, and within 64 bits.
        case integer(Int64)
        /// Any other; infinite where it is beyond what a `Double` can hold.
        case real(Double)

        /// The number as a `Double`, rounded if it has to be.
        public var double: Double {
            switch self {
            case .integer(let value): Double(value)
            case .real(let value): value
            }
        }
    }

    /// Reads a number.
    public mutating func number() throws(Fault) -> Number {
        let start = at
        let isNegative = current == UInt8(ascii: "-")
        if isNegative { at += 1 }
        var digits = Digits()
        if current == UInt8(ascii: "0") {
            at += 1
        } else {
            try read(&digits)
        }
        var decimals = 0
        var isReal = false
        if current == UInt8(ascii: ".") {
            isReal = true
            at += 1
            let first = at
            try read(&digits)
            decimals = at - first
        }
        var hasExponent = false
        if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
            hasExponent = true
            at += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { at += 1 }
            var exponent = Digits()
            try read(&exponent)
        }
        defer { skipSpace() }
        if !isReal, !hasExponent, !digits.isTooLong {
            return .integer(isNegative ? -digits.value : digits.value)
        }
        // Both are exact, so that their quotient is the nearest number to the one that is written.
        if !hasExponent, !digits.isTooLong, digits.value <= 1 << 53, decimals < Self.powersOfTen.count {
            let magnitude = Double(digits.value) / Self.powersOfTen[decimals]
            return .real(isNegative ? -magnitude : magnitude)
        }
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        return Int64(text).map(Number.integer) ?? .real(Double(text) ?? .infinity)
    }

    private struct Digits {
        var value: Int64 = 0
        var isTooLong = false

        /// Eighteen digits have room.
        mutating func append(_ digit: UInt8) {
            if value < 100_000_000_000_000_000 {
                value = value * 10 + Int64(digit)
            } else {
                isTooLong = true
            }
        }
    }

    private static let powersOfTen: [Double] = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12]

    private mutating func read(_ digits: inout Digits) throws(Fault) {
        let start = at
        while at < bytes.count {
            let digit = bytes[at] &- UInt8(ascii: "0")
            guard digit < 10 else { break }
            digits.append(digit)
            at += 1
        }
        guard at > start else { throw fault }
    }
}
