import Essentials
import Testing

@Suite struct SettingsTests {
    @Test("An empty variable is as good as none")
    func strings() {
        let settings = Settings(environment: ["A": "x", "B": ""])
        #expect(settings.string("A") == "x")
        #expect(settings.string("B") == nil)
        #expect(settings.string("C") == nil)
    }

    @Test("What was asked for is remembered, by copies as well")
    func asked() {
        let settings = Settings(environment: ["A": "x"])
        var copy = settings
        _ = copy.bool("B", default: true)
        _ = copy.secrets("C")
        _ = settings.string("D")
        #expect(settings.namesAsked.isSuperset(of: ["B", "C", "C_FILE", "D"]))
        #expect(!settings.namesAsked.contains("A"))
    }

    @Test(
        "Truth values",
        arguments: [
            ("true", true), ("TRUE", true), ("1", true), ("yes", true), ("on", true), ("false", false), ("0", false),
            ("No", false), ("off", false),
        ])
    func bools(text: String, expected: Bool) {
        var settings = Settings(environment: ["A": text])
        #expect(settings.bool("A", default: !expected) == expected)
        #expect(settings.problems.isEmpty)
    }

    @Test(
        "What is no truth value is a problem that names its variable", arguments: ["maybe", "2", " true", "truefalse"])
    func wrongBools(text: String) {
        var settings = Settings(environment: ["FAULTS": text])
        #expect(settings.bool("FAULTS", default: false) == false)
        #expect(settings.problems.count == 1)
        #expect(settings.problems.first?.hasPrefix("FAULTS: ") == true)
    }

    @Test(
        "Durations, by seconds or with a unit",
        arguments: [("1", 1), ("90s", 90), ("5400", 5400), ("90m", 5400), ("2h", 7200), ("1d", 86_400), ("007", 7)])
    func durations(text: String, expected: Int) {
        var settings = Settings(environment: ["A": text])
        #expect(settings.seconds("A", default: 10, in: 1...86_400) == expected)
        #expect(settings.problems.isEmpty)
    }

    @Test(
        "What is no duration, or out of range, is a problem that names its variable",
        arguments: [
            "0", "0h", "86401", "25h", "2d", "-1", "+1", "1.5h", "h", "2H", "2 h", "1h30m", " 1", "1w", "٢h",
            "9223372036854775807d", "99999999999999999999",
        ])
    func wrongDurations(text: String) {
        var settings = Settings(environment: ["LIMIT": text])
        #expect(settings.seconds("LIMIT", default: 10, in: 1...86_400) == 10)
        #expect(settings.problems.count == 1)
        #expect(settings.problems.first?.hasPrefix("LIMIT: ") == true)
    }

    @Test("Whole numbers, bounds included", arguments: [("1", 1), ("10", 10), ("5", 5)])
    func integers(text: String, expected: Int) {
        var settings = Settings(environment: ["A": text])
        #expect(settings.integer("A", default: 7, in: 1...10) == expected)
        #expect(settings.problems.isEmpty)
    }

    @Test(
        "What is no whole number in its range is a problem, and the default is taken",
        arguments: ["0", "11", "-1", "1.5", "x", "1 ", "99999999999999999999"])
    func wrongIntegers(text: String) {
        var settings = Settings(environment: ["A": text])
        #expect(settings.integer("A", default: 7, in: 1...10) == 7)
        #expect(settings.problems == ["A: is not a whole number from 1 to 10"])
    }

    @Test("All problems are collected")
    func manyProblems() {
        var settings = Settings(environment: ["A": "x", "B": "y", "C": "z"])
        _ = settings.bool("A", default: true)
        _ = settings.integer("B", default: 1, in: 0...1)
        _ = settings.value("C", default: 0, remedy: "is wrong") { _ in nil }
        settings.reject("D", "is missing")
        #expect(settings.problems.count == 4)
        #expect(settings.problems.suffix(2) == ["C: is wrong", "D: is missing"])
    }

    @Test("The variables of this process can be read")
    func ofProcess() {
        #expect(Settings.ofProcess.string("PATH") != nil)
    }
}
