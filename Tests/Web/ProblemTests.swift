import FastCGI
import HTTPTypes
import TestSupport
import Testing

@testable import Web

@Suite struct ProblemTests {
    @Test("Problem details have the members of the contract")
    func form() throws {
        let response = Problem.badRequest("Do \"this\".").response(requestID: "abc")
        #expect(response.status == .badRequest)
        #expect(response.fields[.contentType] == "application/problem+json")
        let text = String(decoding: response.body, as: UTF8.self)
        #expect(
            text
                == #"{"type":"about:blank","title":"Bad Request","status":400,"detail":"Do \"this\".","request_id":"abc"}"#
        )
    }

    @Test("Fields that break a rule are listed")
    func errors() throws {
        let problem = Problem.invalid([
            .init(field: "sha", message: "is required"), .init(field: "slot", message: "is odd"),
        ])
        let json = try JSON(parsing: problem.response(requestID: "r").body)
        #expect(json.status?.integer == 422)
        #expect(json.errors?.list.map { $0.field?.text } == ["sha", "slot"])
        #expect(json.errors?[0]?.message?.text == "is required")
    }

    @Test("Headers that belong to the status go with it")
    func headers() {
        let response = Problem.storeUnavailable.response(requestID: "r")
        #expect(response.status == .serviceUnavailable)
        #expect(response.fields[.retryAfter] == "1")
        #expect(Problem.overloaded.response(requestID: "r").fields[.retryAfter] == "1")
    }

    @Test("A defect says nothing but the request's id")
    func defect() throws {
        let json = try JSON(parsing: Problem.defect.response(requestID: "r").body)
        #expect(json.names == ["type", "title", "status", "detail", "request_id"])
        #expect(json.status?.integer == 500)
    }
}
