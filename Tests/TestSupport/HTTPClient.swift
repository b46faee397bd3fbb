/// Makes requests of one server, each on a connection of its own.
public struct HTTPClient: Sendable {
    /// Where the server is.
    public let address: Address
    /// The address of this side, such as 127.0.0.2; nil for the usual one.
    public var source: String?
    /// Seconds until an answer has to be there.
    public var timeout: Double

    /// A client.
    public init(_ address: Address, from source: String? = nil, timeout: Double = patience) {
        self.address = address
        self.source = source
        self.timeout = timeout
    }

    /// A new connection.
    public func connect() throws(Socket.Failure) -> HTTPConnection {
        try HTTPConnection(address, from: source, timeout: timeout)
    }

    /// Makes a request.
    ///
    /// - Throws: `Socket.Failure` or `HTTPFailure`.
    public func request(
        _ method: String, _ target: String, _ fields: [(String, String)] = [], body: [UInt8]? = nil
    ) throws -> HTTPAnswer {
        let connection = try connect()
        try connection.send(method, target, [("Connection", "close")] + fields, body: body)
        return try connection.receive(to: method)
    }

    /// Makes a GET request.
    public func get(_ target: String, _ fields: [(String, String)] = []) throws -> HTTPAnswer {
        try request("GET", target, fields)
    }

    /// Posts JSON.
    ///
    /// - Parameter token: a bearer token, if one is to be shown.
    public func post(
        _ target: String, _ json: String, token: String? = nil, _ fields: [(String, String)] = []
    ) throws -> HTTPAnswer {
        var all = [("Content-Type", "application/json")]
        if let token { all.append(("Authorization", "Bearer \(token)")) }
        return try request("POST", target, all + fields, body: Array(json.utf8))
    }

    /// Runs a body on several threads at once, and waits for all of them.
    ///
    /// - Throws: the first error that one of them threw.
    public static func concurrently(_ threads: Int, _ body: @escaping @Sendable (Int) throws -> Void) throws {
        try Threads.run(threads, body)
    }
}
