import Synchronization
import TestSupport

/// Clients that send one input after the other, several at once.
final class Barrage: Sendable {
    private let next: Atomic<Int>
    private let end: Int
    private let unexpected = Mutex<[String]>([])
    private let clients = Mutex<[Background<Void>]>([])
    private let running: Atomic<Int>

    /// Starts them.
    ///
    /// - Parameters:
    ///   - numbers: of the inputs.
    ///   - carry: sends the input of a number, and returns what should not have come of it.
    init(_ numbers: Range<Int>, clients count: Int = 4, _ carry: @escaping @Sendable (Int) -> String?) {
        next = Atomic(numbers.lowerBound)
        end = numbers.upperBound
        running = Atomic(count)
        clients.withLock { clients in
            clients = (0..<count).map { _ in Background { [self] in run(carry) } }
        }
    }

    private func run(_ carry: (Int) -> String?) {
        while case let number = next.add(1, ordering: .relaxed).oldValue, number < end {
            guard let fault = carry(number) else { continue }
            unexpected.withLock { if $0.count < 20 { $0.append(fault) } }
        }
        running.subtract(1, ordering: .relaxed)
    }

    /// The number of the input that comes next.
    var reached: Int { min(end, next.load(ordering: .relaxed)) }

    /// Whether all inputs were sent.
    var isOver: Bool { running.load(ordering: .relaxed) == 0 }

    /// Waits for the last one. Returns what should not have come of them, the first few of it.
    func finish() throws -> [String] {
        for client in clients.withLock({ $0 }) { try client.value() }
        return unexpected.withLock { $0 }
    }
}
