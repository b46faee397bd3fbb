import Essentials
import Testing

@Suite struct BytesTests {
    @Test(
        "Decimal digits of any number",
        arguments: [0, 1, 9, 10, 12345, -1, -9, -10, Int64.max, Int64.min])
    func decimal(value: Int64) {
        var bytes: [UInt8] = []
        bytes.append(decimal: value)
        #expect(String(decoding: bytes, as: UTF8.self) == "\(value)")
    }

    @Test(
        "Decimal digits padded to a width",
        arguments: [(0, 2, "00"), (7, 2, "07"), (12, 2, "12"), (123, 2, "123"), (5, 1, "5"), (99, 4, "0099")])
    func padded(value: Int64, width: Int, expected: String) {
        var bytes: [UInt8] = []
        bytes.append(decimal: value, width: width)
        #expect(String(decoding: bytes, as: UTF8.self) == expected)
    }

    @Test("Hexadecimal digits are in lower case, two for a byte")
    func hex() {
        #expect(Hex.string([]) == "")
        #expect(Hex.string([0x00, 0x0A, 0xFF, 0x5E]) == "000aff5e")
    }

    @Test("Random ids have the length that was asked for, and no two are equal", arguments: [1, 7, 8, 9, 16, 33])
    func random(count: Int) {
        let id = Hex.random(bytes: count)
        #expect(id.utf8.count == count * 2)
        #expect(id.utf8.allSatisfy { $0.isHexDigit })
        if count >= 8 {
            #expect(Set((0..<100).map { _ in Hex.random(bytes: count) }).count == 100)
        }
    }

    @Test("The alphabet of names")
    func nameBytes() {
        let all = (UInt8.min...UInt8.max).filter(\.isNameByte)
        let expected = "-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
        #expect(String(decoding: all, as: UTF8.self) == expected)
        #expect(
            String(decoding: (UInt8.min...UInt8.max).filter(\.isHexDigit), as: UTF8.self) == "0123456789ABCDEFabcdef")
    }
}
