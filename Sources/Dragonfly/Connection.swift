import CHiredis
import Essentials
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

    /// Milliseconds beyond its time-out after which a round trip has to be over, however slowly it goes on, …
    private static let replyLimit = 800
    /// … besides what its bytes take, of which as many as this have to go by in each millisecond.
    private static let leastRate = 4 << 10
    /// Bytes that a reply may have: more than anything that is kept in the store, and less than it takes to fill a
    /// server's memory.
    private static let replySize = 64 << 20
    /// Members that a list of a reply may have: hiredis makes room for as many as there are said to be.
    private static let listSize: Int32 = 1 << 20
    /// Bytes that a line of a reply may have: numbers, the names of states, and errors. With each part that comes hiredis
    /// looks for its end from the beginning, which takes seconds where that goes on and on.
    private static let lineSize = 64 << 10

    private let context: UnsafeMutablePointer<redisContext>
    private var timeout: Int
    /// When the round trip began, in microseconds of the monotonic clock, and the bytes that it has to do with so far.
    private var began: UInt64 = 0
    private var moved = 0
    /// Whether some of what is answered was read.
    private var hasRead = false
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
        opened.pointee.reader.pointee.fn = Self.makers
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
            try expectSilence()
            for command in commands[next..<end] { try append(command) }
            for command in commands[next..<end] { replies.append(try reply(to: command)) }
            try expectNoMore()
            next = end
        }
        return replies
    }

    /// Sends one command and reads its reply.
    func send(_ command: Command) throws(Failure) -> Reply {
        try expectSilence()
        try append(command)
        let reply = try reply(to: command)
        try expectNoMore()
        return reply
    }

    /// Sends one command and reads its reply, which may be that late in milliseconds.
    func send(_ command: Command, within limit: Int) throws(Failure) -> Reply {
        let usual = timeout
        timeout = limit
        redisSetTimeout(context, Self.interval(limit))
        defer {
            timeout = usual
            redisSetTimeout(context, Self.interval(usual))
        }
        return try send(command)
    }

    private func append(_ command: Command) throws(Failure) {
        let status = command.bytes.withUnsafeBytes {
            redisAppendFormattedCommand(context, $0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count)
        }
        guard status == REDIS_OK else { throw Self.failure(of: context) }
        moved += command.bytes.count
    }

    private func reply(to command: Command) throws(Failure) -> Reply {
        let reply = try reply()
        guard command.replies.contains(reply) else {
            throw Failure(reason: "the store has answered something else than it was asked", isDisconnect: false)
        }
        return reply
    }

    private func reply() throws(Failure) -> Reply {
        var isSent: Int32 = 0
        while true {
            guard redisBufferWrite(context, &isSent) == REDIS_OK else { throw Self.failure(of: context) }
            guard isSent == 0 else { break }
            guard !isOverdue else {
                throw Failure(reason: "the store does not take what it is told", isDisconnect: false)
            }
        }
        var size = 0
        while true {
            var raw: UnsafeMutableRawPointer?
            guard redisGetReplyFromReader(context, &raw) == REDIS_OK else { throw Self.failure(of: context) }
            if let raw {
                defer { freeReplyObject(raw) }
                return Reply(raw.assumingMemoryBound(to: redisReply.self))
            }
            // Each part of it may be in time, and the whole never be there. But where nothing was read the reply may be there:
            // it may be this process that has stood still.
            guard !hasRead || !isOverdue else {
                throw Failure(reason: "the store does not come to the end of a reply", isDisconnect: false)
            }
            guard size <= Self.replySize else { throw Failure(reason: Self.tooLarge, isDisconnect: false) }
            let before = context.pointee.reader.pointee.len
            guard redisBufferRead(context) == REDIS_OK else { throw Self.failure(of: context) }
            hasRead = true
            let count = context.pointee.reader.pointee.len - before
            size += count
            moved += count
            guard !isEndless else { throw Failure(reason: Self.tooLarge, isDisconnect: false) }
        }
    }

    /// Whether what is to be read next is a line, the head of a string included, that has no end.
    private var isEndless: Bool {
        let reader = context.pointee.reader.pointee
        guard reader.len > reader.pos + Self.lineSize else { return false }
        let line = UnsafeRawBufferPointer(start: reader.buf + reader.pos, count: Self.lineSize)
        return !zip(line, line.dropFirst()).contains { $0 == UInt8(ascii: "\r") && $1 == UInt8(ascii: "\n") }
    }

    /// Whether the round trip takes longer than its bytes may.
    private var isOverdue: Bool {
        MonotonicClock.microseconds - began > UInt64(timeout + Self.replyLimit + moved / Self.leastRate) * 1000
    }

    // MARK: Being in step

    /// What a server has said before it was asked would be taken for its next reply: that it has no room for clients, for
    /// example. One that has ended the connection need not be asked.
    private func expectSilence() throws(Failure) {
        (began, moved, hasRead) = (MonotonicClock.microseconds, 0, false)
        var byte: UInt8 = 0
        guard recv(context.pointee.fd, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT)) >= 0 else { return }
        var reason = "the store has said what it was not asked"
        if case .error(let message) = try reply() { reason = message }
        throw Failure(reason: reason, isDisconnect: true)
    }

    /// What is left over after the last reply shows that it may not have been the right one.
    private func expectNoMore() throws(Failure) {
        let reader = context.pointee.reader.pointee
        guard reader.pos == reader.len else {
            throw Failure(reason: "the store has said more than it was asked", isDisconnect: false)
        }
    }

    private static let tooLarge = "the store's reply is too large to be one"

    /// How hiredis makes what a reply consists of, but for lists that are too long.
    private nonisolated(unsafe) static let makers = {
        let makers = UnsafeMutablePointer<redisReplyObjectFunctions>.allocate(capacity: 1)
        makers.initialize(to: usualMakers)
        makers.pointee.createArray = { task, count in
            count <= listSize ? usualMakers.createArray(task, count) : nil
        }
        return makers
    }()

    private static let usualMakers = {
        let reader = redisReaderCreate()!
        defer { redisReaderFree(reader) }
        return reader.pointee.fn.pointee
    }()

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
        // By `makers`, as well.
        if context.pointee.err == REDIS_ERR_OOM { return Failure(reason: tooLarge, isDisconnect: false) }
        let timedOut =
            context.pointee.err == REDIS_ERR_IO && (code == EAGAIN || code == ETIMEDOUT || code == EINPROGRESS)
        return Failure(
            reason: timedOut ? "the store does not answer in time" : text.isEmpty ? "the connection failed" : text,
            isDisconnect: context.pointee.err == REDIS_ERR_EOF
                || (context.pointee.err == REDIS_ERR_IO && (code == ECONNRESET || code == EPIPE)))
    }
}
