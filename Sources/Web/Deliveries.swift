import Essentials
import FastCGI

/// The bodies of outcomes that clients are taking, each kept once for all who get it, and as long as the slowest of them
/// takes. Anybody can ask for a lot and not read it, so there is room for so many bytes of them: who has had its time makes
/// room for others.
struct Deliveries {
    /// Bytes that there is room for, 64 MiB: six of the largest bodies.
    private static let capacity = 64 << 20
    /// What a connection takes at once, so that nothing has to be kept.
    private static let small = 64 << 10
    /// Microseconds that clients have at least to take a body, however many others there are.
    private static let time: UInt64 = 2_000_000

    private struct Delivery {
        let hold: Hold
        let body: Chunk
        let began: UInt64
        var clients: [StreamClient]
    }

    /// The oldest first.
    private var deliveries: [Delivery] = []

    /// The body of an outcome that somebody is taking; nil where nobody is.
    func body(of hold: Hold) -> Chunk? { deliveries.first { $0.hold == hold }?.body }

    /// Notes that clients have been sent the body of an outcome.
    mutating func add(_ clients: [StreamClient], of hold: Hold, taking body: Chunk) {
        let clients = clients.filter(\.isTaking)
        guard !clients.isEmpty else { return }
        if let index = deliveries.firstIndex(where: { $0.hold == hold }) {
            deliveries[index].clients += clients
        } else {
            deliveries.append(
                Delivery(hold: hold, body: body, began: MonotonicClock.microseconds, clients: clients))
        }
    }

    /// Forgets what nobody takes any more.
    mutating func dropFinished() {
        guard !deliveries.isEmpty else { return }
        for index in deliveries.indices { deliveries[index].clients.removeAll { !$0.isTaking } }
        deliveries.removeAll(where: \.clients.isEmpty)
    }

    /// Makes room for an outcome of so many bytes: where it takes that, by cutting those off who are at theirs for longest.
    /// They know from the length of the answer.
    ///
    /// - Returns: false if those who would have to be cut off have not had their time yet.
    mutating func makeRoom(for size: Int, of hold: Hold) -> Bool {
        guard size > Self.small, !deliveries.contains(where: { $0.hold == hold }) else { return true }
        var excess = deliveries.reduce(size - Self.capacity) { $0 + $1.body.size }
        let now = MonotonicClock.microseconds
        while excess > 0, let oldest = deliveries.first {
            guard now >= oldest.began + Self.time else { return false }
            for client in oldest.clients where client.isTaking { client.close() }
            excess -= oldest.body.size
            deliveries.removeFirst()
        }
        return true
    }
}
