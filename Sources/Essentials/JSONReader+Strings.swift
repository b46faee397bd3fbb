extension JSONReader {
    /// Reads a string. What is not UTF-8 in it is replaced by U+FFFD.
    public mutating func string() throws(Fault) -> String {
        guard current == UInt8(ascii: "\"") else { throw fault }
        at += 1
        let start = at
        try passPlain()
        if bytes[at] == UInt8(ascii: "\"") {
            defer { closeString() }
            return String(decoding: bytes[start..<at], as: UTF8.self)
        }
        var text = Array(bytes[start..<at])
        while bytes[at] != UInt8(ascii: "\"") {
            at += 1
            text.append(contentsOf: String(try escape()).utf8)
            let plain = at
            try passPlain()
            text.append(contentsOf: bytes[plain..<at])
        }
        closeString()
        return String(decoding: text, as: UTF8.self)
    }

    /// Checks a string as `string()` does, and does not make one.
    mutating func skipString() throws(Fault) {
        at += 1
        try passPlain()
        while bytes[at] != UInt8(ascii: "\"") {
            at += 1
            _ = try escape()
            try passPlain()
        }
        closeString()
    }

    /// Goes on to the next quote or backslash.
    private mutating func passPlain() throws(Fault) {
        let end = bytes.count
        while at < end {
            let byte = bytes[at]
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return }
            guard byte >= 0x20 else { throw fault }
            at += 1
        }
        throw fault
    }

    private mutating func closeString() {
        at += 1
        skipSpace()
    }

    /// The character that stands after a backslash.
    private mutating func escape() throws(Fault) -> Unicode.Scalar {
        let scalar: Unicode.Scalar
        switch current {
        case UInt8(ascii: "\""): scalar = "\""
        case UInt8(ascii: "\\"): scalar = "\\"
        case UInt8(ascii: "/"): scalar = "/"
        case UInt8(ascii: "b"): scalar = "\u{8}"
        case UInt8(ascii: "f"): scalar = "\u{C}"
        case UInt8(ascii: "n"): scalar = "\n"
        case UInt8(ascii: "r"): scalar = "\r"
        case UInt8(ascii: "t"): scalar = "\t"
        case UInt8(ascii: "u"): return try codePoint()
        default: throw fault
        }
        at += 1
        return scalar
    }

    /// Half of a pair is no character (section 8.2): decoders disagree about it.
    private mutating func codePoint() throws(Fault) -> Unicode.Scalar {
        let unit = try codeUnit()
        if let scalar = Unicode.Scalar(unit) { return scalar }
        guard unit < 0xDC00, current == UInt8(ascii: "\\") else { throw fault }
        at += 1
        guard current == UInt8(ascii: "u") else { throw fault }
        let low = try codeUnit()
        guard (0xDC00...0xDFFF).contains(low),
            let scalar = Unicode.Scalar(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00))
        else { throw fault }
        return scalar
    }

    /// The four digits after `u`.
    private mutating func codeUnit() throws(Fault) -> UInt32 {
        at += 1
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = current, let digit = byte.hexDigitValue else { throw fault }
            unit = unit << 4 | UInt32(digit)
            at += 1
        }
        return unit
    }
}
