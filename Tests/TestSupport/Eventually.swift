import Glibc

/// Milliseconds of the monotonic clock.
public var monotonicMilliseconds: Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
}

/// Seconds that a test waits for something unless it says otherwise: long enough for a machine that has much else to do, as who
/// waits goes on as soon as it is there.
public let patience = 30.0

/// Asks again and again until a condition holds.
///
/// - Parameter seconds: until when to ask.
/// - Returns: whether it came to hold.
public func eventually(
    within seconds: Double = patience, every milliseconds: UInt32 = 10, _ condition: () throws -> Bool
) rethrows -> Bool {
    let end = monotonicMilliseconds + Int(seconds * 1000)
    while true {
        if try condition() { return true }
        if monotonicMilliseconds >= end { return false }
        usleep(milliseconds * 1000)
    }
}

/// Asks again and again until there is a value.
///
/// - Parameter seconds: until when to ask.
/// - Returns: the value; nil if there was none in time.
public func value<Value>(
    within seconds: Double = patience, every milliseconds: UInt32 = 10, _ body: () throws -> Value?
) rethrows -> Value? {
    var found: Value?
    _ = try eventually(within: seconds, every: milliseconds) {
        found = try body()
        return found != nil
    }
    return found
}
