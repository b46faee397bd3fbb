import Dragonfly
import Testing

@Suite struct StoreURLTests {
    @Test(
        "Addresses by TCP",
        arguments: [
            ("redis://localhost", "localhost", 6379, nil, nil, 0),
            ("redis://localhost/", "localhost", 6379, nil, nil, 0),
            ("redis://localhost:1", "localhost", 1, nil, nil, 0),
            ("redis://10.0.0.1:65535/15", "10.0.0.1", 65535, nil, nil, 15),
            ("redis://:pw@store:6380/1", "store", 6380, nil, "pw", 1),
            ("redis://pw@store", "store", 6379, nil, "pw", 0),
            ("redis://joe:pw@store", "store", 6379, "joe", "pw", 0),
            ("redis://joe:p%40ss%3A%2Fw%25@store/2", "store", 6379, "joe", "p@ss:/w%", 2),
            ("redis://joe:p@ss@store", "store", 6379, "joe", "p@ss", 0),
            ("redis://joe:a:b@store", "store", 6379, "joe", "a:b", 0),
            ("redis://z%C3%B6e:%f0%9f%9a%a2@store", "store", 6379, "zöe", "🚢", 0),
            ("redis://[::1]", "::1", 6379, nil, nil, 0),
            ("redis://[fd00::1]:6380/3", "fd00::1", 6380, nil, nil, 3),
        ] as [(String, String, UInt16, String?, String?, Int)])
    func tcp(text: String, host: String, port: UInt16, user: String?, password: String?, database: Int) {
        let expected = StoreURL(
            endpoint: .tcp(host: host, port: port), user: user, password: password, database: database)
        #expect(StoreURL(text) == expected)
    }

    @Test(
        "Addresses of unix sockets",
        arguments: [
            ("unix:///run/store.sock", "/run/store.sock", nil, nil, 0),
            ("unix:///run/store.sock?", "/run/store.sock", nil, nil, 0),
            ("unix:///run/store.sock?db=4", "/run/store.sock", nil, nil, 4),
            ("unix:///s?user=joe&password=p%26w&db=1", "/s", "joe", "p&w", 1),
            ("unix:///s?password=a=b", "/s", nil, "a=b", 0),
        ] as [(String, String, String?, String?, Int)])
    func unix(text: String, path: String, user: String?, password: String?, database: Int) {
        #expect(
            StoreURL(text)
                == StoreURL(endpoint: .unix(path: path), user: user, password: password, database: database))
    }

    @Test("The longest path of a unix socket")
    func longestPath() {
        let path = "/" + String(repeating: "x", count: 106)
        #expect(StoreURL("unix://" + path) != nil)
        #expect(StoreURL("unix://" + path + "x") == nil)
    }

    @Test(
        "Rubbish is no address",
        arguments: [
            "", "redis", "redis://", "redis:///1", "http://localhost", "localhost:6379", "rediss://localhost",
            "REDIS//localhost", "redis://localhost:", "redis://localhost:0", "redis://localhost:65536",
            "redis://localhost:-1", "redis://localhost:x", "redis://localhost/x", "redis://localhost/-1",
            "redis://localhost/1/2", "redis://localhost/0?db=1", "redis://:6379", "redis://@", "redis://[]:6379",
            "redis://[::1]x", "unix://", "unix://relative.sock", "unix:///s?db=x", "unix:///s?db=-1", "unix:///s?db",
            "unix:///s?color=red",
        ])
    func rubbish(text: String) {
        #expect(StoreURL(text) == nil)
    }

    @Test(
        "A password whose percent-encoding is broken is no address, rather than no password",
        arguments: [
            "redis://:50%@store", "redis://:%zz@store", "redis://joe:%f0@store", "redis://%x:pw@store",
            "unix:///s?password=%", "unix:///s?password=%+f",
        ])
    func brokenEncoding(text: String) {
        #expect(StoreURL(text) == nil)
    }

    @Test("An address whose bracket is not closed is none", arguments: ["redis://[::1", "redis://[::1:6379"])
    func unclosedBracket(text: String) {
        #expect(StoreURL(text) == nil)
    }
}
