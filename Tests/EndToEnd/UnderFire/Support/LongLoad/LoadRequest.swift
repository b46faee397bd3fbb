/// A request that clients of a load make again and again.
struct LoadRequest: Sendable {
    var method = "GET"
    let target: String
    /// The template of its route, by which it is counted.
    let route: String
    var fields: [(String, String)] = []
    var body: [UInt8]?
    /// How it may be answered.
    var statuses: Set<Int> = [200]
    /// Whether the client shows what it has of the answer, and is spared that then.
    var isConditional = false

    /// A read.
    ///
    /// - Parameter route: nil where it is the target's path.
    static func get(_ target: String, of route: String? = nil, is statuses: Set<Int> = [200]) -> LoadRequest {
        LoadRequest(target: target, route: route ?? String(target.prefix { $0 != "?" }), statuses: statuses)
    }

    /// A read of GitHub's, by the path below `/api/github`.
    static func github(_ path: String, is statuses: Set<Int> = [200]) -> LoadRequest {
        .get("/api/github\(path)", of: "/api/github/{path...}", is: statuses)
    }

    /// A write of JSON.
    ///
    /// - Parameter route: nil where it is the target.
    static func post(
        _ target: String, of route: String? = nil, _ json: String, _ fields: [(String, String)] = [],
        is statuses: Set<Int> = [200]
    ) -> LoadRequest {
        LoadRequest(
            method: "POST", target: target, route: route ?? target,
            fields: fields + [("Content-Type", "application/json")], body: Array(json.utf8), statuses: statuses)
    }

    /// The same by a client that shows what it has of the answer.
    var conditional: LoadRequest {
        var copy = self
        copy.isConditional = true
        copy.statuses.insert(304)
        return copy
    }

    /// The same with another method.
    func by(_ method: String, is statuses: Set<Int>? = nil) -> LoadRequest {
        var copy = self
        copy.method = method
        copy.statuses = statuses ?? self.statuses
        return copy
    }

    /// The same with further header fields.
    func with(_ fields: [(String, String)]) -> LoadRequest {
        var copy = self
        copy.fields += fields
        return copy
    }

    /// Whether the queue asks who makes it. It does not look at a request whose size it refuses.
    var isOfQueue: Bool { route.hasPrefix("/v1/") && method != "OPTIONS" }
}
