import Essentials

@testable import OTLP

let traceID = "4bf92f3577b34da6a3ce929d0e0e4736"
let spanID = "00f067aa0ba902b7"
let parentID = "53995c3f42cd8ad8"

/// The line of a request, with further or other members.
func requestLine(
    method: String = "GET", route: String = "/api/deploy/status", status: Int = 200, ids: Bool = true,
    _ members: String = ""
) -> String {
    #"{"id":1763730000000123,"time":"2026-02-21T10:13:00.250Z","level":"info","msg":"request","method":"\#(method)","#
        + #""route":"\#(route)","path":"/secret","status":\#(status),"latency_ms":12.345,"cache_hit":null,"#
        + #""cache_tier":"dragonfly","bytes":1234,"request_id":"r-1""#
        + (ids ? #","trace_id":"\#(traceID)","span_id":"\#(spanID)""# : "") + (members.isEmpty ? "" : ",\(members)")
        + "}"
}

/// The item of a fetch inside of a request.
func fetchSpan(_ members: String = #""kind":"client""#) -> String {
    #"{"span":"chimney.github_fetch","trace_id":"\#(traceID)","span_id":"\#(parentID)","parent_span_id":"\#(spanID)","#
        + #""time":"2026-02-21T10:13:00Z","latency_ms":250,"attributes":{"github.api.path":"/pulls","#
        + #""github.api.status_code":200,"github.conditional":true,"github.not_modified":false},\#(members)}"#
}

/// What is converted in a test.
func batch(_ items: String..., settings variables: [String: String] = [:]) -> Batch {
    Batch(
        items: items.map { Array($0.utf8) }, resource: resource(variables),
        observed: Timestamp(milliseconds: 1_771_668_785_000))
}

func resource(_ variables: [String: String] = [:]) -> Resource {
    var settings = Settings(environment: variables)
    return Resource(&settings, version: "1.2.3", host: "here")
}
