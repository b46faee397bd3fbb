import Essentials
import TestSupport
import Testing

@testable import Operations

@Suite struct AccessLineTests {
    private static let line = #"""
        {"level":"error","ts":1795268380.1999116,"logger":"http.log.access.log0","msg":"handled request","request":{"remote_ip":"192.0.2.7","remote_port":"33952","proto":"HTTP/1.1","method":"GET","host":"example.org:8080","uri":"/x/y?a=hidden#hidden","headers":{"User-Agent":["hidden"],"Authorization":["hidden"],"Cookie":["hidden"]}},"user_id":"hidden","duration":0.0006157,"size":17,"status":502,"resp_headers":{"Server":["hidden"],"X-Request-Id":["r-1"],"X-Trace-Id":["t-1"],"Set-Cookie":["hidden"]}}
        """#

    private func kept(_ text: String) throws -> JSON? {
        try AccessLine(Array(text.utf8)[...]).map { try JSON(parsing: [UInt8(ascii: "{")] + $0.kept(host: "here")) }
    }

    @Test("What is kept is named, and nothing else gets through")
    func whitelist() throws {
        let line = try #require(try kept(Self.line))
        #expect(
            line.names == [
                "time", "level", "host", "site", "method", "path", "proto", "status", "latency_ms", "bytes",
                "request_id", "trace_id",
            ])
        #expect(line.time?.text == "2026-11-21T13:39:40.199Z")
        #expect(line.path?.text == "/x/y")
        #expect(line.status?.integer == 502)
        #expect(line.latency_ms?.number == 0.616)
        #expect(line.bytes?.integer == 17)
        #expect(line.request_id?.text == "r-1")
        #expect(line.trace_id?.text == "t-1")
        let text = String(decoding: AccessLine(Array(Self.line.utf8)[...])?.kept(host: "here") ?? [], as: UTF8.self)
        #expect(!text.contains("hidden"))
        #expect(!text.contains("192.0.2.7"))
    }

    @Test(
        "What is no access line is left out",
        arguments: ["", "{}", "garbage", #"{"level":"info","ts":1,"msg":"started"}"#, "[1]", #"{"level":1}"#])
    func others(text: String) throws {
        #expect(try kept(text) == nil)
    }

    @Test("Long texts are cut")
    func long() throws {
        let path = "/" + String(repeating: "p", count: 5000)
        let line = try #require(try kept(Self.line.replacing("/x/y", with: path)))
        #expect(line.path?.text?.count == 256)
    }
}
