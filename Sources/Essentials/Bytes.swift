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
        append(Hex.digit(byte >> 4))
        append(Hex.digit(byte & 15))
    }
}

/// Text of hexadecimal digits.
public enum Hex {
    /// The lower-case digits of some bytes.
    public static func string(_ bytes: some Collection<UInt8>) -> String {
        String(unsafeUninitializedCapacity: bytes.count * 2) { digits in
            var at = 0
            for byte in bytes {
                digits[at] = digit(byte >> 4)
                digits[at + 1] = digit(byte & 15)
                at += 2
            }
            return at
        }
    }

    /// The bytes that `count` pairs of digits stand for, of either case; nil if the text is anything else.
    public static func bytes(_ text: String, count: Int) -> [UInt8]? {
        let digits = text.utf8
        guard digits.count == count * 2 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        var high: UInt8?
        for digit in digits {
            guard let value = digit.hexDigitValue else { return nil }
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return bytes
    }

    fileprivate static func digit(_ nibble: UInt8) -> UInt8 {
        nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
    }

    /// At most 256 random bytes as digits, from the system's generator (getentropy(3)): ids that nobody can guess.
    public static func random(bytes count: Int) -> String {
        var bytes = [UInt8](repeating: 0, count: count)
        let status = bytes.withUnsafeMutableBytes { getentropy($0.baseAddress, $0.count) }
        precondition(status == 0, "the system's random generator does not work")
        return string(bytes)
    }
}
