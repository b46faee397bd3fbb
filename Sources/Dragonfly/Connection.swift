import CHiredis
import Glibc

/// A connection to the store: hiredis with time-outs, closed for good after the first failure, because a late reply
/// would be taken for that of the next command.
final class Connection {
    /// Why a connection failed.
    struct Failure: Error {
        let reason: String
        /// The server closed it or was never there: nothing waited, and the command can be sent again at once.
        let isDisconnect: Bool
    }

    private let context: UnsafeMutablePointer<redisContext>
    private let timeout: Int
    /// Which start of the server this is a connection to, once that was asked.
    var run: String?
    /// Whether the store is known to have all that the journals have. It has for as long as the server runs, and so for as
    /// long as the connection lasts.
    var isRestored = false

    /// Connects and logs in.
    ///
    /// - Throws: `Failure` after `dial` milliseconds at the latest, or a time-out of the log-in.
    init(_ url: StoreURL, dial: Int, timeout: Int) throws(Failure) {
        let limit = Self.interval(dial)
        let opened =
            switch url.endpoint {
            case .tcp(let host, let port): redisConnectWithTimeout(host, Int32(port), limit)
            case .unix(let path): redisConnectUnixWithTimeout(path, limit)
            }
        guard let opened else { throw Failure(reason: "no memory for a connection", isDisconnect: false) }
        context = opened
        self.timeout = timeout
        guard opened.pointee.err == 0 else { throw Self.failure(of: opened) }
        redisSetTimeout(opened, Self.interval(timeout))
        if case .tcp = url.endpoint { redisEnableKeepAlive(opened) }
        _ = fcntl(opened.pointee.fd, F_SETFD, FD_CLOEXEC)
        try logIn(url)
    }

    deinit { redisFree(context) }

    /// Sends commands in one go and reads their replies, in chunks, so that neither side's buffers fill up unread.
    func send(_ commands: [Command]) throws(Failure) -> [Reply] {
        var replies: [Reply] = []
        replies.reserveCapacity(commands.count)
        var next = 0
        while next < commands.count {
            let end = min(next + 512, commands.count)
            for command in commands[next..<end] {
                let status = command.bytes.withUnsafeBytes {
                    redisAppendFormattedCommand(
                        context, $0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count)
                }
                guard status == REDIS_OK else { throw Self.failure(of: context) }
            }
            for _ in next..<end { replies.append(try reply()) }
            next = end
        }
        return replies
    }

    /// Sends one command and reads its reply.
    func send(_ command: Command) throws(Failure) -> Reply {
        let status = command.bytes.withUnsafeBytes {
            redisAppendFormattedCommand(context, $0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count)
        }
        guard status == REDIS_OK else { throw Self.failure(of: context) }
        return try reply()
    }

    /// Sends one command and reads its reply, which may be that late in milliseconds.
    func send(_ command: Command, within limit: Int) throws(Failure) -> Reply {
        redisSetTimeout(context, Self.interval(limit))
        defer { redisSetTimeout(context, Self.interval(timeout)) }
        return try send(command)
    }

    private func reply() throws(Failure) -> Reply {
        var raw: UnsafeMutableRawPointer?
        guard redisGetReply(context, &raw) == REDIS_OK, let raw else { throw Self.failure(of: context) }
        defer { freeReplyObject(raw) }
        return Reply(raw.assumingMemoryBound(to: redisReply.self))
    }

    private func logIn(_ url: StoreURL) throws(Failure) {
        var greeting: [Command] = []
        if let password = url.password {
            greeting.append(url.user.map { Command("AUTH", $0, password) } ?? Command("AUTH", password))
        }
        if url.database != 0 { greeting.append(Command("SELECT", String(url.database))) }
        guard !greeting.isEmpty else { return }
        for reply in try send(greeting) {
            if case .error(let message) = reply {
                throw Failure(reason: "the store refused the log-in: \(message)", isDisconnect: false)
            }
        }
    }

    private static func interval(_ milliseconds: Int) -> timeval {
        timeval(tv_sec: milliseconds / 1000, tv_usec: milliseconds % 1000 * 1000)
    }

    private static func failure(of context: UnsafeMutablePointer<redisContext>) -> Failure {
        let code = errno
        let text = withUnsafeBytes(of: context.pointee.errstr) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        let timedOut =
            context.pointee.err == REDIS_ERR_IO && (code == EAGAIN || code == ETIMEDOUT || code == EINPROGRESS)
        return Failure(
            reason: timedOut ? "the store does not answer in time" : text.isEmpty ? "the connection failed" : text,
            isDisconnect: context.pointee.err == REDIS_ERR_EOF
                || (context.pointee.err == REDIS_ERR_IO && (code == ECONNRESET || code == EPIPE)))
    }
}
