import Testing

@testable import Queue

@Suite struct Base64URLTests {
    @Test(
        "Each text of bytes has one spelling, without padding",
        arguments: [
            ("", ""), ("Zg", "f"), ("Zm8", "fo"), ("Zm9v", "foo"), ("Zm9vYg", "foob"), ("Zm9vYmE", "fooba"),
            ("Zm9vYmFy", "foobar"), ("Pz8_", "???"), ("Pj4-", ">>>"),
        ])
    func spelled(text: String, bytes: String) {
        #expect(Base64URL.decode(text.utf8) == Array(bytes.utf8))
    }

    @Test(
        "Any other is none",
        arguments: [
            "Zg==", "Zm8=", "Zh", "Zm9", "Zm9vYmF", "Z", "Zm9vY", "Pz8/", "Pj4+", " Zm9v", "Zm9v\n", "Zm 9v",
            "Zm9v\u{0}",
            "Zm9ä", "Zm.v",
        ])
    func others(text: String) {
        #expect(Base64URL.decode(text.utf8) == nil)
    }
}
