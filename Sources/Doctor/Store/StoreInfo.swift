/// What the store says of itself (INFO).
struct StoreInfo: Equatable {
    /// Which server it is.
    enum Kind: Equatable {
        case dragonfly
        case redis
    }

    private let fields: [String: String]

    /// Reads what INFO answers: lines of `name:value`, comments and empty ones.
    init(_ text: String) {
        var fields: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            guard let colon = line.firstIndex(of: ":"), line.first != "#" else { continue }
            fields[String(line[..<colon])] = String(line[line.index(after: colon)...].filter { $0 != "\r" })
        }
        self.fields = fields
    }

    subscript(name: String) -> String? { fields[name].flatMap { $0.isEmpty ? nil : $0 } }

    /// A field that is a number.
    func number(_ name: String) -> Int64? { self[name].flatMap { Int64($0) } }

    /// Which server it is: Dragonfly calls itself Redis as well, for its clients.
    var kind: Kind { self["dragonfly_version"] == nil ? .redis : .dragonfly }

    /// The version of the server; nil if it does not say.
    var version: Version? { self[kind == .dragonfly ? "dragonfly_version" : "redis_version"].flatMap { Version($0) } }

    /// What the server is called.
    var name: String { kind == .dragonfly ? "Dragonfly" : "Redis" }
}
