import TestSupport
import Testing

extension EndToEnd.UnderFire {
    /// What no list of oddities has.
    @Suite struct HTTPFuzzTests {
        @Test("Requests with anything wrong harm nobody whose request is right", arguments: CaddyEdition.allCases)
        func requests(caddy: CaddyEdition) async throws {
            try await withOrigin(environment: Traffic.environment, arguments: ["--max-requests", "0"]) {
                origin throws in
                let front = try CaddyServer(socket: origin.pool.socket, by: caddy)
                defer { front.stop() }
                let address = Address.port(front.port)
                let processes = Set(origin.pool.workers + origin.pool.streamers)
                let traffic = Traffic([HTTPClient(address)], writers: 0, readers: 2, allowing: [200, 204])
                let barrage = Barrage(0..<EndToEnd.UnderFire.count(2000, long: 100_000), clients: 8) { number in
                    let input = HTTPInput(number)
                    return Self.carry(input, to: address).map { "\($0): \(input)" }
                }
                #expect(try barrage.finish() == [])
                try traffic.stop()
                #expect(traffic.readings.failures == [])
                #expect(eventually { origin.pool.isWhole(4) }, "\(origin.pool.states)")
                #expect(try origin.keeps(0))
                #expect(Set(origin.pool.workers + origin.pool.streamers) == processes)
                #expect(try origin.samples["chimney_panics_total"] == 0)
                #expect(try origin.storedTotal == 0)
            }
        }

        /// Carries an input. Returns what is wrong with what came of it; nil if nothing is.
        private static func carry(_ input: HTTPInput, to address: Address) -> String? {
            do {
                let socket = try Socket(address)
                do { try socket.send(input.bytes) } catch Socket.Failure.system { return nil }
                if input.ending == .hangUp { return nil }
                // A front end that is hung up on asks for a worker for 5 s all the same: not many of them.
                if input.ending == .read { _ = socket.isReadable(within: 0.03) }
                socket.closeWriting()
                var answer: [UInt8] = []
                do {
                    while case let more = try socket.receive(), !more.isEmpty { answer += more }
                } catch Socket.Failure.system {}
                return answer.firstRange(of: Array("HTTP/1.1 500".utf8)) == nil ? nil : "answered with 500"
            } catch {
                return "\(error)"
            }
        }
    }
}
