import Foundation
import TestSupport
import Testing

extension EndToEnd {
    @Suite struct CGIArgumentTests {
        @Test("As a CGI program it does not listen to arguments: a server makes them of the query")
        func arguments() throws {
            let program = Process()
            program.executableURL = URL(fileURLWithPath: try Binary.path)
            program.arguments = ["pool", "--listen", "/nowhere/x.sock", "--version"]
            program.environment = [
                "GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_METHOD": "GET", "PATH_INFO": "/health",
                "DRAGONFLY_URL": "unix:///nowhere/store.sock",
            ]
            let output = Pipe()
            program.standardOutput = output
            program.standardError = FileHandle.nullDevice
            try program.run()
            let answer = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            program.waitUntilExit()
            #expect(answer.hasPrefix("Status: 200 OK\r\n"))
            #expect(answer.hasSuffix("{\"status\":\"healthy\"}"))
        }
    }
}
