import Crypto
import Essentials
import FastCGI
import HTTPTypes

/// The description of all routes, for people to read and for programs to make clients of: an OpenAPI document
/// (https://spec.openapis.org/oas/v3.1.1.html), put together of what each capability says of its own routes.
public struct OpenAPI: Sendable {
    /// What a capability says of its routes. Each text is a JSON object: its members go into the one of that name in
    /// the document (section 4.8.7, Components Object), so that parts can refer to each other's by `$ref`.
    public struct Part: Sendable {
        let tags: [StaticString]
        let paths: [StaticString]
        let securitySchemes: [StaticString]
        let parameters: [StaticString]
        let headers: [StaticString]
        let responses: [StaticString]
        let links: [StaticString]
        let schemas: [StaticString]

        /// A part.
        ///
        /// - Parameter tags: the groups that its operations are shown in, each a whole Tag Object.
        public init(
            tags: [StaticString] = [], paths: [StaticString] = [], securitySchemes: [StaticString] = [],
            parameters: [StaticString] = [], headers: [StaticString] = [], responses: [StaticString] = [],
            links: [StaticString] = [], schemas: [StaticString] = []
        ) {
            self.tags = tags
            self.paths = paths
            self.securitySchemes = securitySchemes
            self.parameters = parameters
            self.headers = headers
            self.responses = responses
            self.links = links
            self.schemas = schemas
        }
    }

    /// The document as compact JSON.
    public let body: [UInt8]
    private let etag: String

    /// The document of a program.
    ///
    /// - Parameters:
    ///   - version: the program's version.
    ///   - parts: what the capabilities say. What they have in common is added.
    public init(version: String, parts: [Part]) {
        let parts = [Self.common] + parts
        var json = JSONWriter(capacity: 160 << 10)
        json.object { json in
            json.member("openapi", "3.1.1")
            json.key("info")
            json.raw(Self.object([Self.info], and: JSONWriter.object { $0.member("version", version) }))
            json.key("servers")
            json.array { list in list.object { $0.member("url", "/") } }
            json.key("tags")
            json.array { list in for tag in parts.flatMap(\.tags) { list.raw(Self.compact(tag)) } }
            json.key("paths")
            json.raw(Self.object(parts.flatMap(\.paths)))
            json.key("components")
            json.object { components in
                let sections: [(StaticString, KeyPath<Part, [StaticString]>)] = [
                    ("securitySchemes", \.securitySchemes), ("parameters", \.parameters), ("headers", \.headers),
                    ("responses", \.responses), ("links", \.links), ("schemas", \.schemas),
                ]
                for (name, texts) in sections {
                    components.key(name)
                    components.raw(Self.object(parts.flatMap { $0[keyPath: texts] }))
                }
            }
        }
        body = json.bytes
        etag = "\"\(Hex.string(Array(SHA256.hash(data: body).prefix(16))))\""
    }

    /// The answer with the document, or 304 for who has it already. It may be kept, and has to be asked for each time.
    public func response(to request: Request) -> Response {
        var response = Response.json(body)
        response.fields[.eTag] = etag
        response.fields[.cacheControl] = "no-cache"
        return response.conditional(on: request)
    }

    /// One object of the members of several.
    private static func object(_ texts: [StaticString], and more: [UInt8]? = nil) -> [UInt8] {
        let objects = texts.map(compact) + (more.map { [$0] } ?? [])
        let members = objects.map { $0.dropFirst().dropLast() }.filter { !$0.isEmpty }
        return [UInt8(ascii: "{")] + members.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "}")]
    }

    /// A JSON text without the white space that only its author needs.
    static func compact(_ text: StaticString) -> [UInt8] {
        text.withUTF8Buffer { text in
            var bytes: [UInt8] = []
            bytes.reserveCapacity(text.count)
            var isInString = false
            var isEscaped = false
            for byte in text {
                if isInString {
                    isInString = isEscaped || byte != UInt8(ascii: "\"")
                    isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
                } else if byte == UInt8(ascii: "\"") {
                    isInString = true
                } else if [UInt8(ascii: " "), UInt8(ascii: "\n")].contains(byte) {
                    continue
                }
                bytes.append(byte)
            }
            return bytes
        }
    }
}
