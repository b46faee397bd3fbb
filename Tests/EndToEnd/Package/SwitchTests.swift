import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Two instances on the sockets of one unit, of which one relieves the other.
    @Suite struct SwitchTests {
        @Test("Switching from blue to green and back 20 times under load fails no request")
        func switching() async throws {
            try await withTaskExecutorPreference(BlockingExecutor.shared) {
                let store = try TestStore()
                let files = try TemporaryDirectory()
                let environment = store.environment.merging(["CHIMNEY_CACHE_DIR": files.file("cache")]) { $1 }
                let sockets = try HeldSockets()
                var running = try Instance(sockets, environment: environment)
                #expect(running.isReady(), "\(running.process.errors)")
                let caddy = try CaddyServer(socket: sockets.worker.path, streamSocket: sockets.streamer.path)
                let load = Load(HTTPClient(.port(caddy.port)), "/api/version")
                #expect(load.pass(100))
                for round in 1...20 {
                    let next = try Instance(sockets, environment: environment)
                    #expect(next.isReady(), "\(round): \(next.process.errors)")
                    #expect(running.process.terminate(within: 35) == .exited(0), "\(round)")
                    running = next
                    #expect(load.pass(50))
                }
                let report = load.stop()
                #expect(report.failures == [])
                #expect(report.answered >= 1100)
                // Nobody takes the sockets along.
                #expect([sockets.worker.path, sockets.streamer.path].allSatisfy { (try? Socket(.unix($0))) != nil })
                caddy.stop()
                #expect(running.process.terminate(within: 35) == .exited(0))
            }
        }
    }
}
