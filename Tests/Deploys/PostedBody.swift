import Essentials
import Web

@testable import Deploys

/// The time at which the tests read.
let now = Timestamp(milliseconds: 1_771_668_780_123)

/// A body read at a time that the tests know.
private struct Posted: FieldReadable {
    let deploy: PostedDeploy

    init(reading fields: inout FieldReader) { deploy = PostedDeploy(reading: &fields, now: now) }
}

/// A valid body with some fields put in place of its own; nil takes one away.
func body(_ changes: [String: String?] = [:]) -> String {
    var fields: [String: String] = [
        "sha": #""3051037""#, "slot": #""blue""#, "outcome": #""success""#, "duration_s": "47",
    ]
    for (name, value) in changes { fields[name] = value }
    return "{" + fields.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",") + "}"
}

func read(_ changes: [String: String?] = [:]) throws -> PostedDeploy {
    try FieldReader.read(Posted.self, from: Array(body(changes).utf8)).deploy
}

/// The fields that a body is refused for.
func rejected(_ changes: [String: String?]) -> [String] {
    do {
        _ = try read(changes)
        return []
    } catch {
        return (error as? Problem)?.errors.map(\.field) ?? ["not a problem"]
    }
}
