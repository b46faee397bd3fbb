import TestSupport
import Testing

@testable import Deployer

/// Whatever a file holds, it is either right or says what is wrong, and it never ends the process.
@Suite("Services file, damaged")
struct ServicesFileFuzzTests {
    private let whole = Array(ServicesFixture.all.utf8)

    private func check(_ bytes: [UInt8]) {
        let (file, problems) = ServicesFile.parse(bytes)
        #expect((file == nil) == !problems.isEmpty, "\(String(decoding: bytes, as: UTF8.self))")
    }

    @Test("What has been cut off is no file")
    func truncations() {
        for count in whole.indices {
            let (file, problems) = ServicesFile.parse(Array(whole[..<count]))
            #expect(file == nil && problems.count == 1, "\(count)")
        }
    }

    @Test("Bytes that are changed, lost, moved or repeated")
    func mutations() {
        var random = SplitMix(state: 20_260_221)
        let pieces: [[UInt8]] = [
            "\"", "{", "}", "[", "]", ",", ":", "\\", "null", "-1", "1e99", "\u{0}", "é", "../", "{upstream}",
        ]
        .map { Array($0.utf8) }
        for _ in 0..<5000 {
            var bytes = whole
            for _ in 0...Int.random(in: 0...3, using: &random) {
                let place = Int.random(in: bytes.indices, using: &random)
                let end = min(bytes.count, place + Int.random(in: 0...12, using: &random))
                switch Int.random(in: 0...3, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.removeSubrange(place..<end)
                case 2: bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: bytes.indices, using: &random))
                default: bytes.replaceSubrange(place..<end, with: pieces.randomElement(using: &random) ?? [])
                }
            }
            check(bytes)
        }
    }

    @Test("Every value in place of every other")
    func values() {
        for value in ["null", "true", "0", "-1", "1.5", "\"\"", "\"x\"", "[]", "[[]]", "{}", #"{"a":1}"#] {
            for (service, name) in [
                (ServicesFixture.swap, "app"), (ServicesFixture.blueGreen, "shop"), (ServicesFixture.script, "site"),
            ] {
                // What follows a colon, up to the next comma or bracket, is mostly a value.
                let bytes = Array(service.utf8)
                for colon in bytes.indices where bytes[colon] == UInt8(ascii: ":") {
                    let rest = bytes[(colon + 1)...]
                    let end = rest.firstIndex { [UInt8(ascii: ","), UInt8(ascii: "}")].contains($0) } ?? rest.endIndex
                    let text =
                        String(decoding: bytes[...colon], as: UTF8.self) + value
                        + String(decoding: bytes[end...], as: UTF8.self)
                    check(Array(ServicesFixture.text([(name, text)]).utf8))
                }
            }
        }
    }

    @Test("A file of 64 KiB of brackets, names or mistakes is read to its end")
    func sizes() {
        for piece in ["[", "{\"a\":", "{\"services\":", "\"", "\\", "é"] {
            check(Array(String(repeating: piece, count: 65_535 / piece.utf8.count).utf8))
        }
        let members = (0..<5000).map { "\"m\($0)\":1" }.joined(separator: ",")
        check(Array("{\"services\":{\(members)}}".utf8))
    }
}
