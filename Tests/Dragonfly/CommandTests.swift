import Testing

@testable import Dragonfly

@Suite struct CommandTests {
    @Test("A command is an array of bulk strings, by bytes and not by characters")
    func form() {
        let command = Command("SET", "ключ", "")
        #expect(String(decoding: command.bytes, as: UTF8.self) == "*3\r\n$3\r\nSET\r\n$8\r\nключ\r\n$0\r\n\r\n")
    }

    @Test("Arguments are any bytes")
    func bytes() {
        let command = Command("GET", [[0, 13, 10, 255]])
        #expect(command.bytes == Array("*2\r\n$3\r\nGET\r\n$4\r\n".utf8) + [0, 13, 10, 255] + Array("\r\n".utf8))
    }

    @Test("A script is known by the SHA-1 of its text, and counts its keys")
    func script() {
        let script = Script("return 1")
        let command = script.byDigest(keys: ["a", "b"], arguments: [[120]])
        #expect(
            String(decoding: command.bytes, as: UTF8.self)
                == "*6\r\n$7\r\nEVALSHA\r\n$40\r\ne0e1f9fabfc9d4800c877a703b823ac0578ff8db\r\n$1\r\n2\r\n"
                + "$1\r\na\r\n$1\r\nb\r\n$1\r\nx\r\n")
    }
}
