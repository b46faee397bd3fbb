import Glibc

/// Standard error as a log's way out: nobody who forgets to read it holds up a request.
public enum StandardError {
    /// What a pipe takes in one piece (PIPE_BUF), so that the lines of several processes do not end in each other.
    private static let piece = 4096

    /// Sees to it that nobody in this process waits for a pipe to be read, not the runtime either, which writes there why a process
    /// traps. That there was room a moment ago says little: others write to it as well.
    ///
    /// It is opened anew for that. Whoever else has the pipe as the standard error may want to wait.
    public static func waitsForNobody() {
        var status = stat()
        guard fstat(STDERR_FILENO, &status) == 0, status.st_mode & S_IFMT == S_IFIFO else { return }
        let own = open("/proc/self/fd/\(STDERR_FILENO)", O_WRONLY | O_NONBLOCK | O_CLOEXEC)
        guard own >= 0 else { return }
        dup2(own, STDERR_FILENO)
        close(own)
    }

    /// Writes lines, as long as they are taken without waiting. Returns how many were not.
    static func write(lines text: [UInt8]) -> Int {
        var rest = text[...]
        while !rest.isEmpty {
            var ready = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
            guard poll(&ready, 1, 0) > 0, ready.revents & Int16(POLLOUT) != 0 else { break }
            let piece = nextPiece(of: rest)
            let count = piece.withUnsafeBytes { put($0) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            rest = rest.dropFirst(count)
        }
        return rest.count { $0 == UInt8(ascii: "\n") }
    }

    private static func put(_ bytes: UnsafeRawBufferPointer) -> Int {
        let count = send(STDERR_FILENO, bytes.baseAddress, bytes.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL))
        return count < 0 && errno == ENOTSOCK ? Glibc.write(STDERR_FILENO, bytes.baseAddress, bytes.count) : count
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
