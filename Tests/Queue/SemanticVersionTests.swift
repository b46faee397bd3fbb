import Queue
import Testing

@Suite struct SemanticVersionTests {
    @Test(
        "What the specification takes is a version",
        arguments: [
            "0.0.0", "0.0.4", "1.2.3", "10.20.30", "v1.2.3", "1.1.2-prerelease+meta", "1.1.2+meta", "1.1.2+meta-valid",
            "1.0.0-alpha", "1.0.0-beta", "1.0.0-alpha.beta", "1.0.0-alpha.beta.1", "1.0.0-alpha.1",
            "1.0.0-alpha0.valid",
            "1.0.0-alpha.0valid", "1.0.0-alpha-a.b-c-somethinglong+build.1-aef.1-its-okay", "1.0.0-rc.1+build.1",
            "2.0.0-rc.1+build.123", "1.2.3-beta", "10.2.3-DEV-SNAPSHOT", "1.2.3-SNAPSHOT-123", "2.0.0+build.1848",
            "2.0.1-alpha.1227", "1.0.0-alpha+beta", "1.2.3----RC-SNAPSHOT.12.9.1--.12+788", "1.2.3----R-S.12.9.1--.12",
            "1.2.3----RC-SNAPSHOT.12.9.1--.12", "1.0.0+0.build.1-rc.10000aaa-kk-0.1",
            "99999999999999999999999.999999999999999999.99999999999999999", "1.0.0-0A.is.legal", "1.0.0--", "1.0.0-0",
            "1.0.0+001", "1.0.0+-",
        ])
    func valid(text: String) { #expect(SemanticVersion(text) != nil) }

    @Test(
        "What it does not take is none",
        arguments: [
            "", "v", "1", "1.2", "1.2.3.4", "1.2.3-", "1.2.3+", "1.2.3-+", "1.2.3-+build", "1.2.3-0123",
            "1.2.3-0123.0123",
            "1.2.3-00", "1.1.2+.123", "1.1.2+a..b", "1.1.2+a+b", "+invalid", "-invalid", "-invalid+invalid",
            "-invalid.01", "alpha", "alpha.beta", "alpha.1", "1.0.0-alpha_beta", "1.0.0-alpha.", "1.0.0-alpha..",
            "1.0.0-.alpha", "1.0.0-alpha..1", "01.1.1", "1.01.1", "1.1.01", "00.1.1", "1.2.3.DEV", "1.2-SNAPSHOT",
            "1.2.31.2.3----RC-SNAPSHOT.12.09.1--..12+788", "1.2-RC-SNAPSHOT", "-1.0.3-gamma+b7718", "+justmeta",
            "1.-2.3",
            "9.8.7+meta+meta", "9.8.7-whatever+meta+meta", "V1.2.3", "vv1.2.3", "v.1.2.3", " 1.2.3", "1.2.3 ",
            "1.2.3\n",
            "1. 2.3", "1.2.3-ä", "1.2.3-a\u{0}", "١.٢.٣", "1.2.x", "1..3", ".1.2.3", "=1.2.3", "^1.2.3", "latest",
        ])
    func invalid(text: String) { #expect(SemanticVersion(text) == nil) }

    @Test("A version has at most 255 characters")
    func length() {
        let longest = "1.0.0-" + String(repeating: "9", count: SemanticVersion.longest - 6)
        #expect(SemanticVersion(longest) != nil)
        #expect(SemanticVersion(longest + "9") == nil)
    }

    @Test("The specification's examples are in its order")
    func specified() throws {
        // Sections 11.2 and 11.4, and what lies between.
        let ordered = try [
            "0.0.0-0", "0.0.0", "0.0.1", "0.1.0", "1.0.0-0", "1.0.0-2", "1.0.0-10", "1.0.0-10.0", "1.0.0--",
            "1.0.0--.0",
            "1.0.0-0a", "1.0.0-A", "1.0.0-Z", "1.0.0-a", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.1.0",
            "1.0.0-alpha.beta", "1.0.0-alpha-", "1.0.0-alpha-1", "1.0.0-alpha1", "1.0.0-alphaZ", "1.0.0-beta",
            "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1-zzz", "1.0.1", "2.0.0", "2.1.0", "2.1.1",
            "2.2.0", "2.10.0", "10.0.0", "18446744073709551616.0.0", "18446744073709551617.0.0",
        ].map { try #require(SemanticVersion($0), "\($0)") }
        for (lower, low) in ordered.enumerated() {
            for (higher, high) in ordered.enumerated() {
                #expect(high.isHigher(than: low) == (lower < higher), "\(lower), \(higher)")
            }
        }
    }

    @Test("Neither a build nor a v has anything to do with precedence")
    func ignored() throws {
        let versions = try ["1.2.3-rc.1", "v1.2.3-rc.1", "1.2.3-rc.1+zzz", "v1.2.3-rc.1+000"].map {
            try #require(SemanticVersion($0))
        }
        #expect(Set(versions.map(\.precedence)).count == 1)
        for version in versions { #expect(!version.isHigher(than: versions[0])) }
    }

    @Test("Bytes of the key are in the order of the rules, for all sorts of versions")
    func generated() throws {
        var random = Generator(state: 1)
        let versions = (0..<250).map { _ in Rules.version(&random) }
        let keys = try versions.map { try #require(SemanticVersion($0.text), "\($0.text)").precedence }
        for key in keys { #expect(key.allSatisfy { $0 > 0x20 && $0 < 0x7f }) }
        var wrong: [String] = []
        for (one, key) in zip(versions, keys) {
            for (other, otherKey) in zip(versions, keys) {
                let order = one.order(to: other)
                let isBelow = key.lexicographicallyPrecedes(otherKey)
                let isAbove = otherKey.lexicographicallyPrecedes(key)
                let isBeginning = key != otherKey && otherKey.starts(with: key)
                if isBelow != (order < 0) || isAbove != (order > 0) || (key == otherKey) != (order == 0) || isBeginning
                {
                    wrong.append("\(one.text) and \(other.text)")
                }
            }
        }
        #expect(wrong.isEmpty)
    }
}

/// The rules of section 11 as they are written there, for versions made of parts.
private struct Rules {
    var core: [String]
    var prerelease: [String]
    var build: String

    var text: String {
        core.joined(separator: ".") + (prerelease.isEmpty ? "" : "-" + prerelease.joined(separator: ".")) + build
    }

    /// Below zero where this one has the lower precedence, above where it has the higher one.
    func order(to other: Rules) -> Int {
        for (one, another) in zip(core, other.core) {
            let order = Self.order(of: one, to: another)
            if order != 0 { return order }
        }
        if prerelease.isEmpty || other.prerelease.isEmpty {
            return (prerelease.isEmpty ? 1 : 0) - (other.prerelease.isEmpty ? 1 : 0)
        }
        for (one, another) in zip(prerelease, other.prerelease) {
            let order = Self.order(of: one, to: another)
            if order != 0 { return order }
        }
        return prerelease.count - other.prerelease.count
    }

    private static func order(of one: String, to other: String) -> Int {
        switch (number(one), number(other)) {
        case (let one?, let other?): one < other ? -1 : one > other ? 1 : 0
        case (nil, nil): one.utf8.lexicographicallyPrecedes(other.utf8) ? -1 : one == other ? 0 : 1
        case (nil, _): 1
        case (_, nil): -1
        }
    }

    private static func number(_ text: String) -> UInt128? {
        text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? UInt128(text) : nil
    }

    /// Few parts that are much alike, so that two versions often share a beginning.
    static func version(_ random: inout Generator) -> Rules {
        let numbers = ["0", "1", "2", "9", "10", "11", "19", "100", "99999999999999999999999999"]
        let texts = [
            "-", "--", "-1", "0-", "0a", "1a", "9z", "A", "Z", "a", "aa", "a-", "a0", "ab", "alpha", "rc", "z",
        ]
        let core = (0..<3).map { _ in numbers.prefix(random.below(4) == 0 ? 9 : 2).randomElement(using: &random)! }
        let count = max(0, random.below(6) - 1)
        let prerelease = (0..<count).map { _ in
            (random.below(2) == 0 ? numbers : texts).randomElement(using: &random)!
        }
        let build = ["", "", "+1", "+a.b", "+0-0"].randomElement(using: &random)!
        return Rules(core: core, prerelease: prerelease, build: build)
    }
}

/// The same numbers in each run: splitmix64.
private struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }
}
