import Foundation
import TestSupport
import Testing

/// What parsers promise, for all that a fuzzer has ever found worth keeping and for inputs made from it. `Tests/fuzz` looks
/// for more.
@Suite struct ParserTests {
    @Test("Promises hold for what is known, and for what is like it", arguments: Parser.all.map(\.name))
    func holds(name: String) throws {
        let parser = try #require(Parser.named(name))
        let known = try parser.seeds.map { Array($0.utf8) } + Self.corpus(of: name)
        for bytes in known { try parser.read(bytes) }
        var mutations = Mutations(of: known, seed: 20_260_221)
        for _ in 0..<4000 { try parser.read(mutations.next()) }
    }

    @Test("Each has a name of its own, and something to begin with")
    func names() {
        #expect(Set(Parser.all.map(\.name)).count == Parser.all.count)
        #expect(Parser.all.allSatisfy { !$0.seeds.isEmpty })
    }

    private static func corpus(of name: String) throws -> [[UInt8]] {
        let directory = Package.path("Tests/Fuzz/Corpus/\(name)")
        guard let files = try? FileManager.default.contentsOfDirectory(atPath: directory) else { return [] }
        return try files.sorted().map { Array(try Data(contentsOf: URL(fileURLWithPath: "\(directory)/\($0)"))) }
    }
}

/// Inputs made of others: bytes changed, lost, moved, repeated, and joined with those of another one. The same in every run.
struct Mutations {
    private static let pieces: [[UInt8]] =
        [
            "\"", "{", "}", "[", "]", ",", ":", "\\", "\\u", "null", "-1", "1e999", "9223372036854775808", "\u{0}",
            "\u{1}", "é",
            "../", "%2e", "%00", "\r\n", "=", "&", "*", "/", "//", ".", "-",
        ].map { Array($0.utf8) } + [[0xFF], [0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80]]

    private let known: [[UInt8]]
    private var random: SplitMix

    init(of known: [[UInt8]], seed: UInt64) {
        self.known = known
        random = SplitMix(state: seed)
    }

    /// Another one.
    mutating func next() -> [UInt8] {
        var bytes = known.randomElement(using: &random) ?? []
        for _ in 0...Int.random(in: 0...4, using: &random) {
            guard !bytes.isEmpty else {
                bytes = Self.pieces.randomElement(using: &random) ?? []
                continue
            }
            let place = Int.random(in: bytes.indices, using: &random)
            let end = min(bytes.count, place + Int.random(in: 0...12, using: &random))
            switch Int.random(in: 0...6, using: &random) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &random)
            case 2: bytes.removeSubrange(place..<end)
            case 3: bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: bytes.indices, using: &random))
            case 4: bytes.replaceSubrange(place..<end, with: Self.pieces.randomElement(using: &random) ?? [])
            case 5: bytes.removeSubrange(place...)
            default: bytes.append(contentsOf: (known.randomElement(using: &random) ?? []).suffix(place))
            }
        }
        return Array(bytes.prefix(1 << 16))
    }
}
