import TestSupport

/// What a connection to a FastCGI socket of the pool is made to carry, and how.
struct RecordInput: Sendable, CustomStringConvertible {
    /// How the bytes are sent.
    enum Delivery: Sendable {
        case whole, byBytes
        /// Ends of pieces.
        case pieces([Int])
    }

    /// What the client does once it has sent them.
    enum Ending: Sendable {
        /// Reads the answer to its end.
        case read
        /// Says that nothing more comes, and reads to the end.
        case closeWriting
        /// Hangs up at once.
        case hangUp
        /// Waits until an answer begins, and hangs up without having read it: the other side sees a reset.
        case hangUpUnread
        /// Waits for a moment for whatever comes, and hangs up.
        case linger
    }

    /// Which one it is of those of its seed: the same number is always the same input.
    let number: Int
    let listener: RecordRequest.Listener
    let what: String
    let bytes: [UInt8]
    let delivery: Delivery
    let ending: Ending
    /// The request that it is, if it is one that has to be answered, with its FastCGI id.
    var request: RecordRequest?
    var id: UInt16 = 1

    /// What it names itself by, where it is a request.
    var requestID: String { "input-\(number)" }

    var description: String {
        let shown = bytes.prefix(600).map { String(format: "%02x", $0) }.joined()
        return "input \(number) of seed \(RecordInputs.seed) to the \(listener), \(what), sent as \(delivery), "
            + "then \(ending): \(bytes.count) bytes \(shown)"
    }
}

/// Inputs of all kinds, each made of its number alone.
enum RecordInputs {
    /// What all random numbers begin with.
    static let seed: UInt64 = 20_260_221

    /// The input of a number.
    static func input(_ number: Int) -> RecordInput {
        var random = SplitMix(state: seed &+ UInt64(number) &* 0x9E37_79B9)
        let listener: RecordRequest.Listener = Bool.random(using: &random) ? .worker : .streamer
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<30: return sound(number, listener, &random)
        case 30..<82:
            var mutation = RecordMutation(number: number, random: random)
            return closing(number, listener, mutation.bytes(), mutation.what, &random)
        case 82..<88:
            let whole = RecordComposition.of(number, &random).records.bytes
            let part = Array(whole[..<Int.random(in: 0..<whole.count, using: &random)])
            return closing(number, listener, part, "part of a request", &random)
        case 88..<96: return closing(number, listener, rubbish(&random), "rubbish", &random)
        default: return closing(number, listener, [], "silence", &random)
        }
    }

    /// A request that has to be answered, in any of the forms that the protocol allows.
    private static func sound(
        _ number: Int, _ listener: RecordRequest.Listener, _ random: inout SplitMix
    ) -> RecordInput {
        let composition = RecordComposition.of(number, &random)
        let bytes = composition.records.bytes
        let delivery = delivery(of: bytes, &random)
        let ending: RecordInput.Ending =
            switch Int.random(in: 0..<20, using: &random) {
            case 0: .hangUp
            case 1: .hangUpUnread
            default: .read
            }
        return RecordInput(
            number: number, listener: listener, what: "a request", bytes: bytes, delivery: delivery, ending: ending,
            request: composition.request, id: composition.id)
    }

    /// Bytes that may leave the other side waiting for more: the client hangs up one way or the other.
    private static func closing(
        _ number: Int, _ listener: RecordRequest.Listener, _ bytes: [UInt8], _ what: String,
        _ random: inout SplitMix
    ) -> RecordInput {
        let ending: RecordInput.Ending =
            switch Int.random(in: 0..<200, using: &random) {
            case 0..<130: .closeWriting
            case 130..<198: .hangUp
            default: .linger
            }
        return RecordInput(
            number: number, listener: listener, what: what, bytes: bytes, delivery: delivery(of: bytes, &random),
            ending: ending)
    }

    private static func delivery(of bytes: [UInt8], _ random: inout SplitMix) -> RecordInput.Delivery {
        switch Int.random(in: 0..<20, using: &random) {
        case 0 where bytes.count < 3000: return .byBytes
        case 1..<5 where !bytes.isEmpty:
            let ends = (0..<Int.random(in: 1...8, using: &random)).map { _ in
                Int.random(in: bytes.indices, using: &random)
            }
            return .pieces(ends.sorted() + [bytes.count])
        default: return .whole
        }
    }

    /// Random bytes; half of them begin as a record does.
    private static func rubbish(_ random: inout SplitMix) -> [UInt8] {
        let count = Int.random(in: 1...(Bool.random(using: &random) ? 64 : 4096), using: &random)
        let bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        guard Bool.random(using: &random) else { return bytes }
        return [1, UInt8.random(in: 0...12, using: &random), 0, UInt8.random(in: 0...2, using: &random)] + bytes
    }
}
