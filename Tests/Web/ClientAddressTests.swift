import FastCGI
import Testing

@testable import Web

@Suite struct IPAddressTests {
    @Test(
        "Two spellings of one address are equal",
        arguments: [
            ("1.2.3.4", "::ffff:1.2.3.4"), ("::1", "0:0:0:0:0:0:0:1"), ("2001:DB8::A", "2001:db8:0::a"),
            ("1.2.3.4", "::ffff:102:304"),
        ])
    func equal(left: String, right: String) throws {
        #expect(try #require(IPAddress(left)) == #require(IPAddress(right)))
    }

    @Test(
        "Rubbish is no address",
        arguments: [
            "", "1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4x", "1.2.3.4 ", " 1.2.3.4", "localhost", "::1%lo",
            "[::1]",
            "1.2.3.4:80", "1.2.3.4/8", ":::", "g::1", "1.2.3.-4",
        ])
    func rubbish(text: String) {
        #expect(IPAddress(text) == nil)
    }
}

@Suite struct AddressRangeTests {
    @Test(
        "What is in a range",
        arguments: [
            ("10.0.0.0/8", "10.255.255.255", true), ("10.0.0.0/8", "11.0.0.0", false), ("10.1.2.3/8", "10.9.9.9", true),
            ("10.0.0.0/8", "::ffff:10.1.1.1", true), ("192.168.4.0/22", "192.168.7.255", true),
            ("192.168.4.0/22", "192.168.8.0", false), ("1.2.3.4", "1.2.3.4", true), ("1.2.3.4", "1.2.3.5", false),
            ("1.2.3.4/32", "1.2.3.4", true), ("1.2.3.4/31", "1.2.3.5", true), ("0.0.0.0/0", "8.8.8.8", true),
            ("0.0.0.0/0", "::1", false), ("fd00::/8", "fdff::1", true), ("fd00::/8", "fe00::1", false),
            ("::/0", "2001:db8::1", true), ("2001:db8::/33", "2001:db8:7fff::1", true),
            ("2001:db8::/33", "2001:db8:8000::1", false), ("::1", "::1", true), ("::1/128", "::2", false),
        ])
    func contains(range: String, address: String, expected: Bool) throws {
        #expect(try #require(AddressRange(range)).contains(#require(IPAddress(address))) == expected)
    }

    @Test(
        "Rubbish is no range",
        arguments: [
            "", "/", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/x", "::/129", "10/8", "10.0.0.0/8/8", "any",
        ])
    func rubbish(text: String) {
        #expect(AddressRange(text) == nil)
    }
}

@Suite struct ClientAddressTests {
    private func client(trusted: String, peer: String, forwarded: String?) throws -> String {
        var variables = ["REMOTE_ADDR": peer]
        variables["HTTP_X_FORWARDED_FOR"] = forwarded
        let request = Request(environment: Environment(variables), body: RequestBody())
        return try #require(ClientAddress(list: trusted)).of(request)
    }

    @Test(
        "The address is the last that nobody trusted stands behind",
        arguments: [
            ("", "9.9.9.9", "1.1.1.1", "9.9.9.9"),
            ("10.0.0.0/8", "9.9.9.9", "1.1.1.1", "9.9.9.9"),
            ("10.0.0.0/8", "10.0.0.1", nil, "10.0.0.1"),
            ("10.0.0.0/8", "10.0.0.1", "", "10.0.0.1"),
            ("10.0.0.0/8", "10.0.0.1", "1.1.1.1", "1.1.1.1"),
            ("10.0.0.0/8", "10.0.0.1", "6.6.6.6, 1.1.1.1", "1.1.1.1"),
            ("10.0.0.0/8", "10.0.0.1", "6.6.6.6,1.1.1.1,10.0.0.2", "1.1.1.1"),
            ("10.0.0.0/8", "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
            ("10.0.0.0/8", "10.0.0.1", "1.1.1.1, unknown", "10.0.0.1"),
            ("10.0.0.0/8", "10.0.0.1", "spoof, 1.1.1.1", "1.1.1.1"),
            ("10.0.0.0/8", "10.0.0.1", "spoof, 10.0.0.2", "10.0.0.2"),
            ("127.0.0.1,::1", "::1", "2001:db8::7", "2001:db8::7"),
            ("127.0.0.1", "::ffff:127.0.0.1", "1.1.1.1", "1.1.1.1"),
            ("10.0.0.0/8", "", "1.1.1.1", ""),
            ("10.0.0.0/8", "@", "1.1.1.1", "@"),
        ] as [(String, String, String?, String)])
    func of(trusted: String, peer: String, forwarded: String?, expected: String) throws {
        #expect(try client(trusted: trusted, peer: peer, forwarded: forwarded) == expected)
    }

    @Test("A list with one wrong entry is none", arguments: ["10.0.0.0/8,x", "localhost", "1.2.3.4;5.6.7.8"])
    func rubbish(list: String) {
        #expect(ClientAddress(list: list) == nil)
    }

    @Test(
        "Commas and spaces separate",
        arguments: ["10.0.0.0/8,::1", "10.0.0.0/8, ::1", "10.0.0.0/8 ::1", ",10.0.0.0/8,,::1 "])
    func separators(list: String) throws {
        #expect(try client(trusted: list, peer: "::1", forwarded: "1.1.1.1, 10.1.1.1") == "1.1.1.1")
    }
}
