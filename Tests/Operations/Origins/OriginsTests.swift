import Essentials
import Testing

@testable import Operations

/// The origins as the settings name them.
@Suite struct OriginsTests {
    private func read(_ variables: [String: String], host: String = "a.example") -> (Origins, [String]) {
        var settings = Settings(environment: variables)
        let origins = Origins(settings: &settings, host: host)
        return (origins, settings.problems)
    }

    @Test("Without any there are none, and this host is none")
    func none() {
        for variables in [[:], ["ORIGINS": ""], ["ORIGINS": " , "]] as [[String: String]] {
            let (origins, problems) = read(variables)
            #expect(origins.all.isEmpty)
            #expect(origins.own == nil)
            #expect(problems.isEmpty)
        }
    }

    @Test("They keep their order; slashes at the end and blanks are nothing")
    func order() {
        let (origins, problems) = read(["ORIGINS": "https://b.example/, http://a.example:8080/x/,"])
        #expect(origins.all == ["https://b.example", "http://a.example:8080/x"])
        #expect(problems.isEmpty)
    }

    @Test("This host is the one with its name, else the only one, else the one that the settings name")
    func own() {
        let both = "https://A.example,https://b.example"
        #expect(read(["ORIGINS": both]).0.own == "https://A.example")
        #expect(read(["ORIGINS": both], host: "B.example").0.own == "https://b.example")
        #expect(read(["ORIGINS": both], host: "c").0.own == nil)
        #expect(read(["ORIGINS": "http://a.example:1,http://a.example:2"]).0.own == nil, "either")
        #expect(read(["ORIGINS": "https://b.example"], host: "c").0.own == "https://b.example")
        let named = read(["ORIGINS": both, "CHIMNEY_ORIGIN": "HTTPS://B.example/"], host: "a.example")
        #expect(named.0.own == "https://b.example")
        #expect(named.1.isEmpty)
    }

    @Test("Every wrong entry is a problem that names it, but shows none that may hold a password")
    func problems() {
        let (_, problems) = read([
            "ORIGINS":
                "https://a.example,https://u:secret@b.example,ftp://c.example,https://a.example/,https://d.example?q",
            "CHIMNEY_ORIGIN": "https://u:secret@b.example",
        ])
        #expect(problems.count == 5)
        #expect(problems.filter { $0.hasPrefix("ORIGINS: entry ") }.count == 4)
        for (problem, place) in zip(problems, 2...5) { #expect(problem.hasPrefix("ORIGINS: entry \(place)")) }
        #expect(problems.last?.hasPrefix("CHIMNEY_ORIGIN: ") == true)
        #expect(!problems.contains { $0.contains("secret") })
    }

    @Test("There are at most 64")
    func bound() {
        func list(_ count: Int) -> String { (1...count).map { "http://10.0.0.\($0)" }.joined(separator: ",") }
        #expect(read(["ORIGINS": list(64)]).1.isEmpty)
        #expect(read(["ORIGINS": list(65)]).1 == ["ORIGINS: names 65 origins; at most 64 are watched over"])
    }
}
