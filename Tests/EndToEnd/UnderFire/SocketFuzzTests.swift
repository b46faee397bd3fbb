import Glibc
import TestSupport
import Testing

extension EndToEnd.UnderFire {
    /// Whoever reaches the sockets of the pool may send over them what he likes: nobody else notices.
    @Suite struct SocketFuzzTests {
        private static let workers = 4

        @Test("Records of all kinds, right and wrong, harm no process and nobody whose request is right")
        func records() async throws {
            let settings = Traffic.environment.merging(["LOG_LEVEL": EndToEnd.UnderFire.isLong ? "error" : "info"]) {
                $1
            }
            try await withGitHub(workers: Self.workers, environment: settings, arguments: ["--max-requests", "0"]) {
                origin, _ throws in
                for answer in try origin.pool.loadLibcurl() { #expect(answer.status == 200) }
                let follower = Follower(origin.http.address)
                // What everybody opens once, and what the first requests take, is there after these.
                let warmUp = EndToEnd.UnderFire.count(2000, long: 50_000)
                let first = try fire(0..<warmUp, at: origin)
                let before = try rest(of: origin)
                let second = try fire(warmUp..<EndToEnd.UnderFire.count(12_000, long: 1_000_000), at: origin)
                let after = try rest(of: origin)

                after.expectNoMoreDescriptors(than: before, but: 0)
                for (pid, size) in before.memory {
                    #expect(after.memory[pid] ?? .max < size + size / 2 + 4096, "\(before) became \(after)")
                }
                #expect(try origin.samples["chimney_panics_total"] == 0)
                // Nothing that was wrong was taken for something else.
                let stored = try origin.storedTotal
                #expect(stored == first.count + second.count)
                #expect(follower.sees(first.union(second), within: patience))
                let followed = try follower.stop()
                #expect(followed.streams == 1 && followed.gaps == 0)
            }
        }

        @Test("Connections that say nothing, more than there is room for, end no stream, and are hung up on")
        func flood() async throws {
            try await withOrigin(arguments: ["--max-held", "20"]) { origin throws in
                let processes = origin.processes
                let stream = try origin.stream("/api/events")
                #expect(try origin.keeps(1))
                // A thousand may be arriving or leaving besides those that are held.
                let silent =
                    try (0..<1100).map { _ in try Socket(.unix(origin.pool.streamSocket)) }
                    + (0..<16).map { _ in try Socket(.unix(origin.pool.socket)) }
                let event = Event()
                #expect(try origin.post(event.json).status == 200)
                #expect(stream.next("deploy")?.json.data?.sha?.text == event.commit)
                let other = try origin.stream("/api/events")
                #expect(other.head()?.status == 200)
                for socket in silent { #expect(try socket.receive().isEmpty) }
                #expect(try origin.keeps(2))
                #expect(!stream.isEnded && origin.processes == processes)
            }
        }

        /// Carries inputs, while others read, and deploys are recorded. Returns the commits of these.
        private func fire(_ numbers: Range<Int>, at origin: Origin) throws -> Set<String> {
            let processes = origin.processes
            let traffic = Traffic([origin.http], writers: 0, readers: 2, allowing: [200, 204])
            let client = RecordClient(origin.pool)
            let barrage = Barrage(numbers) { number in
                let input = RecordInputs.input(number)
                return client.carry(input).map { "\($0): \(input)" }
            }
            var commits: Set<String> = []
            while !barrage.isOver {
                let reached = barrage.reached
                let event = Event()
                let answer = try origin.post(event.json)
                #expect(answer.status == 200, "\(answer.text)")
                commits.insert(event.commit)
                if origin.processes != processes {
                    Issue.record("a process died about input \(reached): \(origin.pool.log.suffix(4000))")
                    break
                }
                usleep(50_000)
            }
            let faults = try barrage.finish()
            #expect(faults == [])
            try traffic.stop()
            #expect(traffic.readings.failures == [])
            return commits
        }

        /// Waits until nobody is left but the one who follows, and tells what the processes have then.
        private func rest(of origin: Origin) throws -> Footprint {
            #expect(try origin.keeps(1))
            #expect(eventually { origin.pool.isWhole(Self.workers) }, "\(origin.pool.states)")
            return Footprint(of: origin.processes.sorted())
        }
    }
}

extension Origin {
    /// The processes that take connections.
    fileprivate var processes: Set<Int32> { Set(pool.workers + pool.streamers) }
}
