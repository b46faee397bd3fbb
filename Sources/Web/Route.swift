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
    /// The path, with parameters in braces: `/v1/deployments/{id}`. A last one with dots, as in `/files/{path...}`, stands
    /// for all that follows, slashes included, and also for nothing.
    public let template: String
    /// Who may use it.
    public let authentication: Authentication
    /// Whether it takes a body.
    public let body: Body
    /// What answers.
    public let handler: Handler

    /// A route.
    public init(
        _ method: HTTPRequest.Method, _ template: String, authentication: Authentication = .open,
        body: Body = .none, handler: @escaping Handler
    ) {
        self.method = method
        self.template = template
        self.authentication = authentication
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
    /// Those that end in a parameter for all that follows, the longest first.
    private var openEnded: [Int] = []

    /// A table of these routes.
    public init(_ routes: [Route]) {
        for route in routes {
            if let index = entries.firstIndex(where: { $0.template == route.template }) {
                precondition(entries[index].route(for: route.method) == nil, "\(route.template) twice")
                entries[index].routes.append(route)
                continue
            }
            let segments = route.template.split(separator: "/", omittingEmptySubsequences: false)
            precondition(
                !segments.dropLast().contains { $0.hasSuffix(Self.restSuffix) },
                "\(route.template) goes on after what stands for all that follows")
            if segments.last?.hasSuffix(Self.restSuffix) == true {
                openEnded.append(entries.count)
            } else if route.template.contains("{") {
                variable.append(entries.count)
            } else {
                fixed[route.template] = entries.count
            }
            entries.append(Entry(template: route.template, segments: segments, routes: [route]))
        }
        openEnded.sort { (entries[$1].segments.count, $0) < (entries[$0].segments.count, $1) }
    }

    private static let restSuffix = "...}"

    /// The templates, in the order of their indexes.
    public var templates: [String] { entries.map(\.template) }

    /// All routes, in the same order.
    public var routes: [Route] { entries.flatMap(\.routes) }

    /// The template that a path has: one without parameters before one with them, and one that ends in all that follows
    /// only where there is no other.
    func match(_ path: String) -> Match? {
        if let index = fixed[path] { return Match(index: index, entry: entries[index], parameters: [:]) }
        guard !variable.isEmpty || !openEnded.isEmpty else { return nil }
        let segments = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .map { Substring($0) }
        for index in variable where entries[index].segments.count == segments.count {
            if let parameters = Self.parameters(of: segments[...], in: entries[index].segments[...]) {
                return Match(index: index, entry: entries[index], parameters: parameters)
            }
        }
        for index in openEnded {
            let template = entries[index].segments
            let count = template.count - 1
            guard segments.count > count,
                var parameters = Self.parameters(of: segments[..<count], in: template[..<count])
            else { continue }
            let name = template[count].dropFirst().dropLast(Self.restSuffix.count)
            parameters[String(name)] = String(path[segments[count].startIndex...])
            return Match(index: index, entry: entries[index], parameters: parameters)
        }
        return nil
    }

    /// The parameters of a path that has as many segments as the template; nil if it is none of that template.
    private static func parameters(
        of path: ArraySlice<Substring>, in template: ArraySlice<Substring>
    ) -> [String: String]? {
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
