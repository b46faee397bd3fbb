import Foundation
import TestSupport
import Testing

@testable import Web
@testable import chimney

/// The program's OpenAPI document, as far as tests look at it.
struct Document {
    /// One operation of it.
    struct Operation {
        /// As in `GET /api/logs`.
        let name: String
        let template: String
        let content: JSON

        /// The statuses that it describes, ranges such as `5XX` among them.
        var statuses: Set<String> { content.responses?.names ?? [] }
        /// The ways to be let in: each the names of the schemes that it takes. Empty where everybody is.
        var security: [Set<String>] { content.security?.list.map(\.names) ?? [] }
        /// Whether everybody is let in, perhaps among others.
        var isOpen: Bool { security.isEmpty || security.contains([]) }
    }

    let json: JSON
    let operations: [Operation]

    init() throws {
        json = try JSON(parsing: Configuration.openAPI.body)
        let methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"]
        let paths = try #require(json.paths)
        operations = paths.names.sorted().flatMap { path in
            methods.compactMap { method in
                paths[path]?[method].map {
                    Operation(name: "\(method.uppercased()) \(path)", template: path, content: $0)
                }
            }
        }
    }

    /// What a reference leads to; nil where there is nothing.
    func target(of reference: String) -> JSON? {
        guard reference.hasPrefix("#/") else { return nil }
        return reference.dropFirst(2).split(separator: "/").reduce(json) { $0?[String($1)] }
    }

    /// A value, or what it refers to.
    func resolved(_ value: JSON) -> JSON { value["$ref"]?.text.flatMap(target) ?? value }

    /// Every reference of the document.
    var references: [String] {
        var found: [String] = []
        func look(_ value: JSON) {
            switch value {
            case .array(let elements): elements.forEach(look)
            case .object(let members):
                if case .string(let reference)? = members["$ref"] { found.append(reference) }
                members.values.forEach(look)
            default: break
            }
        }
        look(json)
        return found
    }
}
