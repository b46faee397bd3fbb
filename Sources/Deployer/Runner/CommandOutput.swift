import Essentials

/// What a program writes, put together from what the pipes bring, and bounded.
struct CommandOutput {
    /// One of the two streams.
    enum Stream: Sendable { case output, error }

    /// The first bytes of standard output, at most `Commands.Output.limit`.
    private(set) var standardOutput: [UInt8] = []
    /// The last lines of standard error, at most `Commands.Output.errorLines`.
    private(set) var lastErrorLines: [String] = []
    /// Lines that nobody has taken yet, in the order in which they came.
    private(set) var newLines: [String] = []
    private var output = OutputLines()
    private var error = OutputLines()

    /// Takes what has been read.
    mutating func append(_ bytes: ArraySlice<UInt8>, to stream: Stream) {
        switch stream {
        case .output:
            standardOutput += bytes.prefix(Commands.Output.limit - standardOutput.count)
            newLines += output.append(bytes)
        case .error: add(error.append(bytes))
        }
    }

    /// Takes the last lines, which have no end.
    mutating func finish() {
        newLines += output.finish()
        add(error.finish())
    }

    /// Hands the new lines on.
    mutating func takeLines() -> [String] {
        defer { newLines = [] }
        return newLines
    }

    private mutating func add(_ lines: [String]) {
        newLines += lines
        lastErrorLines = (lastErrorLines + lines).suffix(Commands.Output.errorLines)
    }
}

/// Cuts a stream of bytes into lines that can be shown: without control characters, and not too long.
///
/// A line ends with LF, CR or both: programs that draw progress end it with CR. Empty lines are left out.
struct OutputLines {
    /// Bytes of a line that are kept.
    static let limit = 2000

    private var line: [UInt8] = []

    /// Takes bytes, and returns the lines that have ended with them.
    mutating func append(_ bytes: ArraySlice<UInt8>) -> [String] {
        var lines: [String] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
                lines += finish()
            } else if line.count < Self.limit {
                line.append(byte)
            }
        }
        return lines
    }

    /// Returns the line that has no end; nothing if there is none.
    mutating func finish() -> [String] {
        guard !line.isEmpty else { return [] }
        defer { line.removeAll(keepingCapacity: true) }
        return [Self.text(line)]
    }

    /// A text without control characters: a tab is a space, any other one U+FFFD, as are bytes that are not UTF-8.
    static func text(_ bytes: [UInt8]) -> String {
        String(decoding: bytes, as: UTF8.self).withoutControls
    }
}
