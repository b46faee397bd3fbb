import Foundation

/// Collects what several threads have found.
final class Collected<Element>: @unchecked Sendable {
    private let lock = NSLock()
    private var elements: [Element] = []

    func add(_ element: Element) { lock.withLock { elements.append(element) } }

    /// All that there is so far, in the order of its arrival.
    var all: [Element] { lock.withLock { elements } }
}
