import Essentials
import Testing

@Suite("Files of variables") struct EnvironmentFileTests {
    @Test("Variables are read as systemd reads them")
    func variables() {
        let text = """
            # a comment
            ; another
            DOMAIN=example.org
              TOKEN = "a b"
            QUOTED='c'
            EMPTY=
            nonsense
            """
        #expect(
            EnvironmentFile.variables(in: text) == [
                "DOMAIN": "example.org", "TOKEN": "a b", "QUOTED": "c", "EMPTY": "",
            ])
    }
}
