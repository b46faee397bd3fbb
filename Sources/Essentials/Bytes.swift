import Glibc

extension [UInt8] {
    /// Appends a number in decimal digits.
    public mutating func append(decimal value: Int64) {
        if value >= 0 && value < 10 {
            append(UInt8(ascii: "0") + UInt8(value))
            return
        }
        var magnitude = value.magnitude
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var first = 20
            repeat {
                first -= 1
                digits[first] = UInt8(ascii: "0") + UInt8(magnitude % 10)
                magnitude /= 10
            } while magnitude > 0
            if value < 0 { append(UInt8(ascii: "-")) }
            append(contentsOf: digits[first..<20])
        }
    }

    /// Appends a number in decimal digits, padded with zeros to `width`.
    public mutating func append(decimal value: Int64, width: Int) {
        var unit: Int64 = 1
        for _ in 1..<width { unit *= 10 }
        while unit > 1, value < unit {
            append(UInt8(ascii: "0"))
            unit /= 10
        }
        append(decimal: value)
    }

    /// Appends the two hexadecimal digits of a byte, in lower case.
    public mutating func append(hex byte: UInt8) {
        append(Self.hexDigit(byte >> 4))
        append(Self.hexDigit(byte & 15))
    }

    private static func hexDigit(_ nibble: UInt8) -> UInt8 {
        nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
    }
}

/// Text of hexadecimal digits.
public enum Hex {
    /// The lower-case digits of some bytes.
    public static func string(_ bytes: some Sequence<UInt8>) -> String {
        var digits: [UInt8] = []
        for byte in bytes { digits.append(hex: byte) }
        return String(decoding: digits, as: UTF8.self)
    }

    /// `count` random bytes as digits, from the system's generator: ids that nobody can guess.
    public static func random(bytes count: Int) -> String {
        var digits: [UInt8] = []
        digits.reserveCapacity(count * 2)
        var generator = SystemRandomNumberGenerator()
        var left = count
        while left > 0 {
            var word: UInt64 = generator.next()
            for _ in 0..<Swift.min(8, left) {
                digits.append(hex: UInt8(truncatingIfNeeded: word))
                word >>= 8
            }
            left -= 8
        }
        return String(decoding: digits, as: UTF8.self)
    }
}
