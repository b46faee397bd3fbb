import FastCGI
import Glibc

/// An IPv4 or IPv6 address in its 16-byte form; IPv4 as `::ffff:a.b.c.d`, so that both spellings of one are equal.
public struct IPAddress: Hashable, Sendable {
    let bytes: [UInt8]
    let isIPv4: Bool

    /// Reads an address; nil if the text is none.
    public init?(_ text: String) {
        // C's functions stop at a zero byte.
        guard !text.utf8.contains(0) else { return nil }
        var v4 = in_addr()
        var v6 = in6_addr()
        if inet_pton(AF_INET, text, &v4) == 1 {
            bytes = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF] + withUnsafeBytes(of: &v4) { Array($0) }
        } else if inet_pton(AF_INET6, text, &v6) == 1 {
            bytes = withUnsafeBytes(of: &v6) { Array($0) }
        } else {
            return nil
        }
        isIPv4 = bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
    }

    /// Whether it is one of the host's own: 127.0.0.0/8 (RFC 1122, section 3.2.1.3) or ::1 (RFC 4291, section 2.5.3).
    public var isLoopback: Bool {
        isIPv4 ? bytes[12] == 127 : bytes.dropLast().allSatisfy { $0 == 0 } && bytes.last == 1
    }
}

/// A range of addresses: `10.0.0.0/8`, `fd00::/8`, or one address.
public struct AddressRange: Sendable {
    private let base: [UInt8]
    private let bits: Int

    /// Reads a range; nil if the text is none.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPAddress(String(parts[0])) else { return nil }
        let width = address.isIPv4 ? 32 : 128
        var bits = width
        if parts.count == 2 {
            guard let number = Int(parts[1]), (0...width).contains(number) else { return nil }
            bits = number
        }
        base = address.bytes
        self.bits = 128 - width + bits
    }

    func contains(_ address: IPAddress) -> Bool {
        for index in 0..<16 {
            let left = bits - index * 8
            guard left > 0 else { return true }
            let mask: UInt8 = left >= 8 ? 0xFF : ~(0xFF >> left)
            if base[index] & mask != address.bytes[index] & mask { return false }
        }
        return true
    }
}

/// Who a request comes from: the front end's peer, or whom it names in `X-Forwarded-For`, as far back as each step is one
/// of the proxies that are trusted to tell the truth.
public struct ClientAddress: Sendable {
    private let trusted: [AddressRange]

    /// Believes these proxies.
    public init(trusted: [AddressRange]) {
        self.trusted = trusted
    }

    /// Reads a comma-separated list of ranges, such as `TRUSTED_PROXIES`; nil if one of them is none.
    public init?(list: String) {
        var ranges: [AddressRange] = []
        for part in list.split(whereSeparator: { $0 == "," || $0 == " " }) {
            guard let range = AddressRange(String(part)) else { return nil }
            ranges.append(range)
        }
        trusted = ranges
    }

    /// Whom failures are counted for: an IPv4 address, or the 64 bits of an IPv6 one that are a customer's.
    func networkOf(_ request: Request) -> [UInt8] {
        let text = of(request)
        guard let address = IPAddress(text) else { return Array(text.utf8) }
        return address.isIPv4 ? address.bytes : Array(address.bytes.prefix(8))
    }

    /// The address of the client, as text; the peer's where nothing better is vouched for.
    func of(_ request: Request) -> String {
        var client = request.remoteAddress
        guard !trusted.isEmpty, let list = request[.forwardedFor] else { return client }
        var hops = list.split(separator: ",").map { $0.filter { !$0.isWhitespace } }
        while let address = IPAddress(client), trusted.contains(where: { $0.contains(address) }),
            let hop = hops.popLast()
        {
            guard IPAddress(String(hop)) != nil else { break }
            client = String(hop)
        }
        return client
    }
}
