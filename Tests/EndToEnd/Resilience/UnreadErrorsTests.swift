import Foundation
import TestSupport
import Testing

extension EndToEnd {
    @Suite struct UnreadErrorsTests {
        @Test("Who does not read standard error holds up no request")
        func unread() async throws {
            try await withOrigin(workers: 1) { origin in
                let pipe = Pipe()
                let directory = try TemporaryDirectory()
                let socket = directory.file("unread.sock")
                let pool = Process()
                pool.executableURL = URL(fileURLWithPath: try Binary.path)
                pool.arguments = ["pool", "--listen", socket, "--workers", "2"]
                pool.environment = origin.store.environment.merging(["OTEL_SDK_DISABLED": "true"]) { $1 }
                pool.standardError = pipe
                try pool.run()
                defer {
                    pool.terminate()
                    pool.waitUntilExit()
                }
                let client = FastCGIClient(.unix(socket), timeout: 5)
                #expect(eventually { (try? client.request("GET", "/health"))?.status == 200 })
                // A pipe holds 64 KiB, which is some 200 lines.
                for _ in 0..<2000 { #expect(try client.request("GET", "/health").status == 200) }
                #expect(try client.request("GET", "/ready").status == 200)
            }
        }
    }
}
