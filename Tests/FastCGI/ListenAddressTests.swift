import FastCGI
import Testing

@Suite struct ListenAddressTests {
    @Test(
        "Addresses as the command line names them",
        arguments: [
            ("/run/chimney/chimney.sock", .unix(path: "/run/chimney/chimney.sock")),
            ("./chimney.sock", .unix(path: "./chimney.sock")),
            ("unix:chimney.sock", .unix(path: "chimney.sock")),
            ("unix:/run/chimney.sock", .unix(path: "/run/chimney.sock")),
            ("unix://run/chimney.sock", .unix(path: "/run/chimney.sock")),
            ("/run/a:9000", .unix(path: "/run/a:9000")),
            ("127.0.0.1:9000", .tcp(host: "127.0.0.1", port: 9000)),
            ("localhost:1", .tcp(host: "localhost", port: 1)),
            ("[::1]:65535", .tcp(host: "::1", port: 65535)),
            (":9000", .tcp(host: "127.0.0.1", port: 9000)),
        ] as [(String, ListenAddress)])
    func valid(text: String, expected: ListenAddress) {
        #expect(ListenAddress(text) == expected)
    }

    @Test(
        "Rubbish is none",
        arguments: [
            "", "chimney.sock", "9000", "127.0.0.1", "host:", "host:0", "host:65536", "host:-1", "host:http", "unix:",
        ])
    func rubbish(text: String) {
        #expect(ListenAddress(text) == nil)
    }

    @Test("The kernel's limit for a path")
    func longestPath() {
        let path = "/" + String(repeating: "x", count: 106)
        #expect(ListenAddress(path) == .unix(path: path))
        #expect(ListenAddress(path + "x") == nil)
        #expect(ListenAddress("unix:" + path + "x") == nil)
    }

    @Test(
        "What an address describes itself as is the same address again",
        arguments: [
            .unix(path: "/run/chimney.sock"), .unix(path: "./chimney.sock"), .unix(path: "chimney.sock"),
            .unix(path: "odd:9000"), .tcp(host: "127.0.0.1", port: 9000), .tcp(host: "::1", port: 9000),
        ] as [ListenAddress])
    func roundTrip(address: ListenAddress) {
        #expect(ListenAddress(address.description) == address, "described as \(address)")
    }
}
