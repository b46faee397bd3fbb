import Essentials
import Foundation

/// What a request of the API asks for.
struct GitHubCall {
    /// The segments of the path below the API's root, decoded.
    let path: [String]
    /// The parameters, decoded, in their order.
    let query: [(name: String, value: String)]
    /// The parameters as they came.
    let rawQuery: String
    /// The API's root as the client has it, without a slash at the end.
    let api: String

    /// GitHub Enterprise has its API below this path, which the fake takes as well.
    static let enterprisePrefix = "/api/v3"

    init(_ request: HTTPServerRequest, port: UInt16) {
        let host = request["Host"] ?? "127.0.0.1:\(port)"
        api = "http://\(host)" + (Self.isEnterprise(request.path) ? Self.enterprisePrefix : "")
        path = Self.apiPath(request.path).split(separator: "/").map { PercentEncoding.decode($0) ?? String($0) }
        rawQuery = request.query
        query = Self.parameters(request.query)
    }

    private static func isEnterprise(_ path: String) -> Bool {
        path == enterprisePrefix || path.hasPrefix(enterprisePrefix + "/")
    }

    /// A path below the API's root.
    static func apiPath(_ path: String) -> String {
        isEnterprise(path) ? String(path.dropFirst(enterprisePrefix.count)) : path
    }

    static func parameters(_ query: String) -> [(name: String, value: String)] {
        query.split(separator: "&").map { part in
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                .map { PercentEncoding.decode($0, plusIsSpace: true) ?? String($0) }
            return (pair[0], pair.count > 1 ? pair[1] : "")
        }
    }

    /// A parameter; nil where it is absent or empty.
    subscript(name: String) -> String? {
        query.last { $0.name == name }.flatMap { $0.value.isEmpty ? nil : $0.value }
    }

    /// A time that a parameter names.
    func time(_ name: String) -> Date? {
        self[name].flatMap { Timestamp(rfc3339: $0) }.map {
            Date(timeIntervalSince1970: Double($0.milliseconds) / 1000)
        }
    }

    /// Elements in the order that `sort` and `direction` ask for.
    ///
    /// - Parameters:
    ///   - keys: what `sort` can name; the first is the default.
    ///   - defaultIsNewest: whether the newest come first where `direction` says nothing, by the name that `sort` has.
    func sorted<Element>(
        _ elements: [Element], by keys: [(name: String, key: (Element) -> Double)],
        newestFirst defaultIsNewest: (String) -> Bool = { _ in true }
    ) -> [Element] {
        let chosen = keys.first { $0.name == self["sort"] } ?? keys[0]
        let isDescending = self["direction"].map { $0 != "asc" } ?? defaultIsNewest(chosen.name)
        // As they came where the keys are the same, in both directions.
        let ranked = elements.enumerated().map { (rank: chosen.key($0.element), offset: $0.offset, $0.element) }
        let ascending = ranked.sorted { ($0.rank, $0.offset) < ($1.rank, $1.offset) }.map(\.2)
        return isDescending ? ascending.reversed() : ascending
    }
}
