import TestSupport
import Testing

extension HTTPAnswer {
    /// The rules of what every answer has that this one breaks.
    var brokenRules: [String] {
        var broken: [String] = []
        func check(_ holds: Bool, _ rule: String) { if !holds { broken.append(rule) } }
        let ids = values(of: "X-Request-ID")
        check(ids.count == 1 && (1...128).contains(ids[0].count), "one X-Request-ID")
        let traces = values(of: "X-Trace-ID")
        check(traces.count == 1 && traces[0].count == 32 && traces[0].allSatisfy(isLowerHex), "one X-Trace-ID")
        check(values(of: "Access-Control-Allow-Origin") == ["*"], "one Access-Control-Allow-Origin: *")
        check(values(of: "Access-Control-Expose-Headers").count == 1, "one Access-Control-Expose-Headers")
        check(self["Status"] == nil, "no Status field")
        check(self["Transfer-Encoding"] == nil, "no chunks")
        if ![204, 304].contains(status) { check(values(of: "Content-Length").count == 1, "one Content-Length") }
        check(values(of: "Content-Type").count <= 1, "at most one Content-Type")
        if self["Content-Type"]?.hasPrefix("application/") == true, !body.isEmpty {
            check((try? json) != nil, "JSON")
            check(JSON.isCompact(body), "compact JSON")
        }
        return broken
    }
}

/// Checks what every answer has.
func expectCommonForm(
    _ answer: HTTPAnswer, _ what: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation
) {
    for rule in answer.brokenRules {
        Issue.record("\(rule): \(what?.rawValue ?? "") \(answer)", sourceLocation: sourceLocation)
    }
}

/// Checks that an answer is an error in the form that all errors have.
@discardableResult
func expectProblem(
    _ answer: HTTPAnswer, _ status: Int, fields: [String]? = nil, _ what: Comment? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
) -> JSON {
    guard answer.status == status else {
        Issue.record(
            "\(answer.status) instead of \(status): \(what?.rawValue ?? "") \(answer.text.prefix(300))",
            sourceLocation: sourceLocation)
        return .null
    }
    expectCommonForm(answer, what, sourceLocation: sourceLocation)
    #expect(answer["Content-Type"] == "application/problem+json", what, sourceLocation: sourceLocation)
    let problem = (try? answer.json) ?? .null
    let names: Set = ["type", "title", "status", "detail", "request_id"]
    #expect(problem.names.subtracting(["errors"]) == names, what, sourceLocation: sourceLocation)
    #expect(problem.status?.integer == status, what, sourceLocation: sourceLocation)
    #expect(problem.request_id?.text == answer["X-Request-ID"], what, sourceLocation: sourceLocation)
    #expect(problem.title?.text?.isEmpty == false, what, sourceLocation: sourceLocation)
    #expect(problem.detail?.text?.hasSuffix(".") == true, what, sourceLocation: sourceLocation)
    if let fields {
        let named = problem.errors?.list.compactMap(\.field?.text) ?? []
        #expect(named.sorted() == fields.sorted(), what, sourceLocation: sourceLocation)
        for error in problem.errors?.list ?? [] {
            #expect(error.names == ["field", "message"], what, sourceLocation: sourceLocation)
            #expect(error.message?.text?.isEmpty == false, what, sourceLocation: sourceLocation)
        }
    }
    return problem
}

/// Whether a character is a hexadecimal digit in lower case.
func isLowerHex(_ character: Character) -> Bool { "0123456789abcdef".contains(character) }
