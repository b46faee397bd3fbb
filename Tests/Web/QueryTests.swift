import Testing

@testable import Web

@Suite struct QueryTests {
    @Test(
        "Parameters are decoded",
        arguments: [
            ("a=1", "a", "1"), ("a=1&b=2", "b", "2"), ("a=%41%20b", "a", "A b"), ("a=x+y", "a", "x y"),
            ("a=%2B", "a", "+"),
            ("a", "a", ""), ("a=", "a", ""), ("=x", "", "x"), ("a=b=c", "a", "b=c"), ("a=1&a=2", "a", "1"),
            ("&&a=1&&", "a", "1"), ("%61=1", "a", "1"), ("a=%C3%A9", "a", "é"), ("a=é", "a", "é"),
            ("a=%00", "a", "\u{0}"),
            ("a=1;b=2", "a", "1;b=2"), ("a=%26", "a", "&"), ("b=1", "a", nil), ("", "a", nil),
        ] as [(String, String, String?)])
    func values(query: String, name: String, expected: String?) throws {
        #expect(try Query(query)[name] == expected)
    }

    @Test(
        "Broken encodings are refused",
        arguments: [
            "a=%", "a=%4", "a=%zz", "%=1", "a=%+1", "a=%-1", "a=%C3", "a=%FF", "a=%C0%80", "a=%ED%A0%80", "b=1&a=%g0",
        ])
    func broken(query: String) {
        #expect { try Query(query) } throws: { ($0 as? Problem)?.status == .badRequest }
    }

    @Test("Whole numbers within their range, bounds included")
    func integers() throws {
        let query = try Query("limit=50&one=1")
        #expect(try query.integer("limit", default: 7, in: 1...50) == 50)
        #expect(try query.integer("one", default: 7, in: 1...50) == 1)
        #expect(try query.integer("absent", default: 7, in: 1...50) == 7)
    }

    @Test(
        "Anything else is refused, naming the parameter and its range",
        arguments: ["0", "51", "-1", "", "x", "1.0", "1e1", "0x10", "%201", "99999999999999999999", "١"])
    func wrongIntegers(text: String) throws {
        let query = try Query("limit=\(text)")
        #expect { try query.integer("limit", default: 7, in: 1...50) } throws: { error in
            guard let problem = error as? Problem else { return false }
            return problem.status == .badRequest && problem.detail.contains("limit")
                && problem.detail.contains("1 to 50")
        }
    }
}
