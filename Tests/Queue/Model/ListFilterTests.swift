import Testing
import Web

@testable import Queue

@Suite struct ListFilterTests {
    @Test("A query names any of the filters, and is written as it was read")
    func query() throws {
        let text =
            "status=in_progress&trigger=manual&name=a%26b%3D%25&environment=p&provider=aws&cloud_account_id=1&region=%C3%BC"
            + "&cell=c%20d&"
        let filter = try ListFilter(Query(text))
        #expect(filter.status == .inProgress)
        #expect(
            filter.values == [
                .trigger: "manual", .name: "a&b=%", .environment: "p", .provider: "aws", .account: "1", .region: "ü",
                .cell: "c d",
            ])
        #expect(filter.query == text)
    }

    @Test("A parameter without a value is as good as none", arguments: ["", "status=&name=&provider=", "other=1"])
    func none(query: String) throws {
        let filter = try ListFilter(Query(query))
        #expect(filter == ListFilter())
        #expect(filter.query == "")
    }

    @Test(
        "What nothing can have is a bad request",
        arguments: [
            "status=done", "status=Deployed", "provider=x", "trigger=x", "name=a%0Ab", "cell=%00", "region=%E2%80%A8",
            "environment=" + String(repeating: "e", count: 201),
        ])
    func bad(query: String) throws {
        #expect(try refusal { try ListFilter(Query(query)) } == 400)
    }

    @Test("A cursor is read as it was written", arguments: [1, 35, 36, 1_771_668_780_123_456, 1 << 53 - 1])
    func cursor(sequence: Int64) throws {
        #expect(try Cursor(Cursor(sequence: sequence).text).sequence == sequence)
    }

    @Test(
        "What is no cursor is a bad request",
        arguments: [
            "0", "-1", "+1", "A", "01", "zz!", " 1", "1 ", "(1", "+inf", "a.5", "1.5", "٣", "a\n", "zzzzzzzzzzzz",
        ])
    func badCursor(text: String) throws {
        #expect(try refusal { try Cursor(text) } == 400)
    }
}
