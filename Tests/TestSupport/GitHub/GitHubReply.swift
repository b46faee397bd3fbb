import Foundation

/// What the API says to a call, before anything that depends on who asks.
struct GitHubReply {
    var status = 200
    var body: [UInt8]
    /// When what it shows was changed; nil where GitHub does not say.
    var modified: Date?
    /// The value of `Link`.
    var link: String?

    /// One thing.
    static func one(_ payload: some PayloadValue, modified: Date? = nil) -> GitHubReply {
        GitHubReply(body: payload.json, modified: modified)
    }

    /// An error as GitHub writes it.
    static func error(_ status: Int, _ message: String, about: String = "") -> GitHubReply {
        let payload: Payload = [
            "message": message, "documentation_url": "https://docs.github.com/rest\(about)", "status": "\(status)",
        ]
        return GitHubReply(status: status, body: payload.json)
    }

    static let notFound = GitHubReply.error(404, "Not Found")

    /// A page of a list: `per_page` elements, 30 by default and at most 100, and the way to the other pages
    /// (https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api).
    ///
    /// - Parameters:
    ///   - path: the list's path below the API's root, by number as GitHub links it.
    ///   - member: the name that the elements have beside `total_count`; nil for a list alone.
    static func page<Element>(
        _ elements: [Element], of call: GitHubCall, at path: String, in member: String? = nil,
        _ write: (Element) -> Payload
    ) -> GitHubReply {
        let size = min(max(call["per_page"].flatMap { Int($0) } ?? 30, 1), 100)
        let number = max(call["page"].flatMap { Int($0) } ?? 1, 1)
        let last = max((elements.count + size - 1) / size, 1)
        let shown = elements.dropFirst((number - 1) * size).prefix(size).map(write)
        var reply =
            if let member {
                GitHubReply.one(["total_count": elements.count, member: shown] as Payload)
            } else {
                GitHubReply.one(shown)
            }
        var links: [(String, Int)] = []
        if number > 1 { links.append(("prev", min(number - 1, last))) }
        if number < last { links += [("next", number + 1), ("last", last)] }
        if number > 1 { links.append(("first", 1)) }
        guard last > 1, !links.isEmpty else { return reply }
        reply.link = links.map { "<\(call.api)\(path)?\(query(of: call, page: $0.1))>; rel=\"\($0.0)\"" }
            .joined(separator: ", ")
        return reply
    }

    /// The parameters of the call, for another page.
    private static func query(of call: GitHubCall, page: Int) -> String {
        let others = call.rawQuery.split(separator: "&").filter { !$0.hasPrefix("page=") && $0 != "page" }
        return (others.map(String.init) + ["page=\(page)"]).joined(separator: "&")
    }
}
