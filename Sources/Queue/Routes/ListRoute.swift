import Essentials
import FastCGI
import HTTPTypes
import Web

extension HTTPField.Name {
    /// `Link` (RFC 8288)
    fileprivate static let link = Self("Link")!
}

extension Queue {
    /// How many deployments a page has where nothing else is asked for, and at most.
    static let pageSizes = (usual: 100, most: 1000)

    /// `GET /v1/deployments`
    func list(_ request: Request, _ context: Context) throws -> Response {
        let filter = try ListFilter(context.query)
        let limit = try context.query.integer("limit", default: Self.pageSizes.usual, in: 1...Self.pageSizes.most)
        let cursor = try context.query["cursor"].flatMap { $0.isEmpty ? nil : $0 }.map(Cursor.init)
        let page = try store(context).list(filter, after: cursor?.sequence, limit: limit)
        var json = JSONWriter(capacity: page.deployments.count * 1024 + 16)
        json.array { list in
            for deployment in page.deployments { deployment.write(to: &list) }
        }
        var response = Response.json(json.bytes)
        if let next = page.next {
            let target = Self.mount + "?" + filter.query + "limit=\(limit)&cursor=\(Cursor(sequence: next).text)"
            response.fields[.link] = "<\(target)>; rel=\"next\""
        }
        return response
    }
}

/// Where a list goes on: behind a deployment, whatever has become of it.
struct Cursor: Equatable {
    /// The deployment's sequence.
    let sequence: Int64

    /// Behind a deployment.
    init(sequence: Int64) {
        self.sequence = sequence
    }

    /// Reads a cursor.
    ///
    /// - Throws: `Problem` 400 for what is none.
    init(_ text: String) throws(Problem) {
        guard let number = Int64(text, radix: 36), number > 0, number < 1 << 53, String(number, radix: 36) == text
        else {
            throw .badRequest("Set cursor to the one in the header Link of the page before, or leave it out.")
        }
        sequence = number
    }

    /// The cursor as it is sent.
    var text: String { String(sequence, radix: 36) }
}

extension ListFilter {
    /// Reads a query. A parameter without a value is as good as none.
    ///
    /// - Throws: `Problem` 400 for a value that nothing can have.
    init(_ query: Query) throws(Problem) {
        self.init()
        for facet in Facet.allCases {
            guard let value = query[facet.rawValue], !value.isEmpty else { continue }
            guard facet.allows(value) else { throw .badRequest("Set \(facet.rawValue) to \(facet.rule).") }
            values[facet] = value
        }
        guard let text = query["status"], !text.isEmpty else { return }
        guard let status = Status(rawValue: text) else { throw .badRequest("Set status to one of \(Status.names).") }
        self.status = status
    }

    /// The parameters of a query for the same, with a `&` at its end; empty where everything is looked for.
    var query: String {
        let pairs = [("status", status?.rawValue)] + Facet.allCases.map { ($0.rawValue, values[$0]) }
        return pairs.compactMap { name, value in value.map { "\(name)=\(PercentEncoding.encode($0, keeping: ""))&" } }
            .joined()
    }
}

extension Facet {
    /// The words that a value is one of; empty where it may be any text.
    private var words: [String] {
        switch self {
        case .trigger: Trigger.allCases.map(\.rawValue)
        case .provider: Provider.allCases.map(\.rawValue)
        default: []
        }
    }

    /// What a value has to be.
    var rule: String {
        words.isEmpty
            ? "a text of at most \(Self.limit) characters, none of them a control character"
            : "one of \(words.joined(separator: ", "))"
    }

    /// Whether a deployment may have this value.
    func allows(_ value: String) -> Bool {
        guard words.isEmpty else { return words.contains(value) }
        return value.unicodeScalars.count <= Self.limit && !value.unicodeScalars.contains(where: \.isControl)
    }
}
