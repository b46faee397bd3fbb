import Essentials
import TestSupport
import Testing

@testable import Doctor

@Suite("The doctor's report") struct ReportTests {
    private static let warning = Finding(.warning, "it is \"so\"", meaning: "That is odd.", remedy: "mend it")
    private static let fault = Finding(.fault, "it is not", meaning: "That is bad.", remedy: "do it")

    private func report(_ verdicts: Verdict...) -> Report {
        Report(entries: verdicts.map { Report.Entry(area: .store, name: "check", verdict: $0) })
    }

    @Test("The exit status tells faults from warnings")
    func status() {
        #expect(report(.good("x"), .skipped("y")).exitStatus == 0)
        #expect(report(.good("x"), .wrong([Self.warning])).exitStatus == 1)
        #expect(report(.wrong([Self.warning]), .wrong([Self.fault, Self.warning])).exitStatus == 2)
    }

    @Test("Where nothing is wrong there is one line")
    func good() {
        #expect(
            report(.good("x"), .good("y")).text(isVerbose: false, hasColours: false) == "2 checks, nothing to mend\n")
        #expect(
            report(.good("x"), .skipped("y")).text(isVerbose: false, hasColours: false)
                == "2 checks, nothing to mend, 1 of them skipped\n")
    }

    @Test("What a server has said does nothing to the terminal, and begins no line")
    func hostile() {
        let said = "a\u{1B}[2J\u{9B}31m\u{7}b\nfault\u{85}c\u{2028}d"
        let found = Finding(.fault, said, meaning: said, remedy: said)
        for text in [
            report(.wrong([found])).text(isVerbose: true, hasColours: false),
            report(.good(said), .skipped(said)).text(isVerbose: true, hasColours: false),
        ] {
            #expect(!text.unicodeScalars.contains { $0.isControl && $0 != "\n" })
            #expect(text.split(separator: "\n").allSatisfy { !$0.hasPrefix("a") && !$0.hasPrefix("b") })
        }
        // Colours are the report's own.
        let coloured = report(.wrong([found])).text(isVerbose: false, hasColours: true)
        #expect(coloured.unicodeScalars.count { $0 == "\u{1B}" } == 2)
    }

    @Test("Faults first, then warnings, in lines that fit")
    func text() {
        let long = Finding(
            .fault, String(repeating: "word ", count: 40), meaning: "m", remedy: String(repeating: "copy ", count: 40))
        let text = report(.wrong([Self.warning]), .wrong([Self.fault])).text(isVerbose: false, hasColours: false)
        #expect(
            text == """
                fault    store     it is not
                                   That is bad.
                                   → do it

                warning  store     it is "so"
                                   That is odd.
                                   → mend it

                2 checks, 1 fault, 1 warning

                """)
        let lines = report(.wrong([long])).text(isVerbose: false, hasColours: true).split(separator: "\n")
        #expect(lines[0].hasPrefix("\u{1B}[1;31mfault    \u{1B}[0m"))
        #expect(lines.filter { !$0.contains("→") && !$0.contains("\u{1B}") }.allSatisfy { $0.count <= 100 })
        #expect(lines.contains { $0.contains("→") && $0.count > 150 }, "a remedy is there to be copied")
    }

    @Test("All of it in JSON")
    func json() throws {
        let json = try JSON(parsing: report(.wrong([Self.warning]), .skipped("why"), .good("what")).json)
        #expect(json.status == "warning")
        #expect(json.warnings == 1)
        #expect(json.faults == 0)
        #expect(json.skipped == 1)
        #expect(json.findings?.list.first?.found == "it is \"so\"")
        #expect(json.findings?.list.first?.severity == "warning")
        #expect(json.checks?.list.compactMap(\.result?.text) == ["warning", "skipped", "good"])
        #expect(json.checks?.list[1].reason == "why")
        #expect(json.checks?.list[2].seen == "what")
    }
}
