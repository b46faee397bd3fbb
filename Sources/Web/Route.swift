import FastCGI
import HTTPTypes

/// A method of a path and what answers it.
public struct Route {
    /// What a handler is: a plain function from a request to its answer. A `Problem` that it throws is the answer, a
    /// `StoreError` a 503, anything else a defect.
    public typealias Handler = (Request, Context) throws -> Response

    /// Whether a route takes a body.
    public enum Body: Sendable, Equatable {
        /// It does not; one that is sent is ignored.
        case none
        /// JSON of at most so many bytes.
        case json(limit: Int)

        /// JSON of the usual size.
        public static let json = Body.json(limit: 1 << 20)
    }

    /// The method. `GET` also answers `HEAD`.
    public let method: HTTPRequest.Method
    /// The path, with parameters in braces: `/v1/deployments/{id}`.
    public let template: String
    /// Who may use it; nil for everybody.
    public let bearer: Bearer?
    /// Whether it takes a body.
    public let body: Body
    /// What answers.
    public let handler: Handler

    /// A route.
    public init(
        _ method: HTTPRequest.Method, _ template: String, bearer: Bearer? = nil, body: Body = .none,
        handler: @escaping Handler
    ) {
        self.method = method
        self.template = template
        self.bearer = bearer
        self.body = body
        self.handler = handler
    }
}

/// All routes of the program.
public struct RouteTable {
    struct Entry {
        let template: String
        let segments: [Substring]
        var routes: [Route]

        var methods: String {
            var names = routes.map(\.method.rawValue)
            if names.contains("GET") { names.append("HEAD") }
            return (names + ["OPTIONS"]).joined(separator: ", ")
        }

        func route(for method: HTTPRequest.Method) -> Route? {
            let sought = method == .head ? .get : method
            return routes.first { $0.method == sought }
        }
    }

    struct Match {
        let index: Int
        let entry: Entry
        let parameters: [String: String]
    }

    private var entries: [Entry] = []
    private var fixed: [String: Int] = [:]
    private var variable: [Int] = []

    /// A table of these routes.
    public init(_ routes: [Route]) {
        for route in routes {
            if let index = entries.firstIndex(where: { $0.template == route.template }) {
                precondition(entries[index].route(for: route.method) == nil, "\(route.template) twice")
                entries[index].routes.append(route)
                continue
            }
            if route.template.contains("{") {
                variable.append(entries.count)
            } else {
                fixed[route.template] = entries.count
            }
            let segments = route.template.split(separator: "/", omittingEmptySubsequences: false)
            entries.append(Entry(template: route.template, segments: segments, routes: [route]))
        }
    }

    /// The templates, in the order of their indexes.
    public var templates: [String] { entries.map(\.template) }

    func match(_ path: String) -> Match? {
        if let index = fixed[path] { return Match(index: index, entry: entries[index], parameters: [:]) }
        guard !variable.isEmpty else { return nil }
        let segments = path.split(separator: "/", omittingEmptySubsequences: false)
        for index in variable {
            if let parameters = Self.parameters(of: segments, in: entries[index].segments) {
                return Match(index: index, entry: entries[index], parameters: parameters)
            }
        }
        return nil
    }

    private static func parameters(of path: [Substring], in template: [Substring]) -> [String: String]? {
        guard path.count == template.count else { return nil }
        var parameters: [String: String] = [:]
        for (segment, pattern) in zip(path, template) {
            if pattern.hasPrefix("{") {
                guard !segment.isEmpty else { return nil }
                parameters[String(pattern.dropFirst().dropLast())] = String(segment)
            } else if segment != pattern {
                return nil
            }
        }
        return parameters
    }
}
