import Glibc

/// Standard error as a log's way out: nobody who forgets to read it holds up a request.
enum StandardError {
    /// What a pipe takes in one piece (PIPE_BUF), so that the lines of several processes do not end in each other.
    private static let piece = 4096

    /// Writes lines, as long as they are taken without waiting. Returns how many were not.
    static func write(lines text: [UInt8]) -> Int {
        var rest = text[...]
        while !rest.isEmpty {
            var ready = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
            guard poll(&ready, 1, 0) > 0, ready.revents & Int16(POLLOUT) != 0 else { break }
            let piece = nextPiece(of: rest)
            let count = piece.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            rest = rest.dropFirst(count)
        }
        return rest.count { $0 == UInt8(ascii: "\n") }
    }

    /// As many whole lines as go into one piece; at least one.
    private static func nextPiece(of text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard text.count > piece else { return text }
        let newline = UInt8(ascii: "\n")
        if let end = text.prefix(piece).lastIndex(of: newline) { return text[...end] }
        guard let end = text.firstIndex(of: newline) else { return text }
        return text[...end]
    }
}
