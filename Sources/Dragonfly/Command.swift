import Essentials

/// A command in the form in which it is sent, so that one that never changes is put together only once.
public struct Command: Sendable {
    let bytes: [UInt8]
    /// What the reply may be.
    let replies: Reply.Kinds

    /// A command with its arguments.
    public init(_ name: StaticString, _ arguments: String...) {
        self.init("\(name)", arguments)
    }

    /// A command with its arguments.
    public init(_ name: String, _ arguments: [String]) {
        self.init(name: name, arguments.map(\.utf8))
    }

    /// A command whose arguments are any bytes.
    public init(_ name: String, _ arguments: [[UInt8]]) {
        self.init(name: name, arguments)
    }

    /// A command that replies in other ways than its name says.
    init(_ name: String, _ arguments: [[UInt8]], replies: Reply.Kinds) {
        self.init(name: name, arguments, replies: replies)
    }

    private init(name: String, _ arguments: [some Collection<UInt8>], replies: Reply.Kinds? = nil) {
        self.replies = replies ?? .replies(to: name)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(arguments.reduce(32 + name.utf8.count) { $0 + $1.count + 16 })
        bytes.append(UInt8(ascii: "*"))
        bytes.append(decimal: Int64(arguments.count + 1))
        Self.append(name.utf8, to: &bytes)
        for argument in arguments { Self.append(argument, to: &bytes) }
        bytes.append(contentsOf: "\r\n".utf8)
        self.bytes = bytes
    }

    private static func append(_ argument: some Collection<UInt8>, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: "\r\n$".utf8)
        bytes.append(decimal: Int64(argument.count))
        bytes.append(contentsOf: "\r\n".utf8)
        bytes.append(contentsOf: argument)
    }
}
