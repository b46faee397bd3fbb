/// Percent-encoding (RFC 3986, section 2.1).
public enum PercentEncoding {
    /// The text that an encoded one stands for; nil where the encoding is broken or the result is not UTF-8.
    ///
    /// - Parameter plusIsSpace: as in `application/x-www-form-urlencoded`.
    public static func decode(_ text: String, plusIsSpace: Bool = false) -> String? {
        decode(text[...], plusIsSpace: plusIsSpace)
    }

    /// Likewise.
    public static func decode(_ text: Substring, plusIsSpace: Bool = false) -> String? {
        // Most texts are not encoded at all.
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else {
            return String(text)
        }
        var bytes: [UInt8] = []
        var rest = text.utf8
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+") where plusIsSpace: bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                let digits = rest.prefix(2)
                guard digits.count == 2, digits.allSatisfy(\.isHexDigit),
                    let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
                else { return nil }
                bytes.append(value)
                rest = rest.dropFirst(2)
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    /// The text with everything encoded that is not unreserved (RFC 3986, section 2.3) nor one of `others`.
    public static func encode(_ text: String, keeping others: StaticString = "") -> String {
        var bytes: [UInt8] = []
        let kept = UnsafeBufferPointer(start: others.utf8Start, count: others.utf8CodeUnitCount)
        for byte in text.utf8 {
            if byte.isNameByte || byte == UInt8(ascii: "~") || kept.contains(byte) {
                bytes.append(byte)
            } else {
                bytes.append(UInt8(ascii: "%"))
                bytes.append(contentsOf: Hex.string([byte]).uppercased().utf8)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
