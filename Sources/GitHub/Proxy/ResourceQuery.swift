import Essentials
import Web

/// The part of a query that GitHub is asked with: the parameters that are let through, in one order.
enum ResourceQuery {
    /// The parameters that are let through, sorted. Others would let anybody make as many entries as they like.
    static let names = [
        "branch", "direction", "event", "labels", "page", "path", "per_page", "ref", "sha", "since", "sort", "state",
        "status", "until", "workflow",
    ]
    private static let limit = 1024

    /// The query as it is sent and cached, without its `?`. Parameters without a value are as good as none.
    ///
    /// - Throws: `Problem` 400 for control characters, 414 for values that are too long.
    static func encode(_ query: Query) throws(Problem) -> String {
        var text = ""
        for name in names {
            guard let value = query[name], !value.isEmpty else { continue }
            guard !value.unicodeScalars.contains(where: \.isControl) else {
                throw .badRequest("Set \(name) to a text without control characters.")
            }
            text += (text.isEmpty ? "" : "&") + name + "=" + PercentEncoding.encode(value, keeping: ":/,")
        }
        guard text.utf8.count <= limit else {
            throw Problem(.uriTooLong, "Ask with parameters of at most \(limit) bytes together.")
        }
        return text
    }
}
