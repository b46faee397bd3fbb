import Dragonfly

/// Jobs that processes leave to the agents: a list in the store, newest first, of which the oldest are dropped and
/// counted when it is full. Each job is done at least once, unless it was dropped.
public struct JobList: Sendable {
    /// The most that one script pushes; Lua takes no longer lists of arguments for granted.
    private static let pushLimit = 1000

    /// The list, without the prefix.
    public let key: String
    /// How many jobs dropped so far, without the prefix: a number.
    public var droppedKey: String { "\(key):dropped" }
    /// How many jobs it keeps.
    public let bound: Int

    /// A list.
    ///
    /// - Parameter key: with a hash tag, such as `{outbox:github}`, for scripts touch the list and what belongs to it.
    public init(_ key: String, bound: Int = 10_000) {
        precondition(key.contains("{") && key.contains("}"), "the keys of a job list have to share a hash tag")
        self.key = key
        self.bound = bound
    }

    /// The jobs that the agent of a host has taken and not finished, without the prefix.
    func takenKey(host: String) -> String { "\(key):\(host)" }

    /// Adds jobs, the oldest first. After an error they may be there all the same.
    ///
    /// - Throws: `StoreError`.
    public func push(_ jobs: [[UInt8]], to store: Store) throws(StoreError) {
        for start in stride(from: 0, to: jobs.count, by: Self.pushLimit) {
            let some = jobs[start..<min(start + Self.pushLimit, jobs.count)]
            _ = try store.evaluate(
                Self.pushScript, keys: [store.key(key), store.key(droppedKey)],
                arguments: [Array(String(bound).utf8)] + some)
        }
    }

    /// A function for scripts that add jobs in a step with something else: `push_jobs(list, dropped, bound, {jobs})`, where
    /// `list` and `dropped` are the keys, and the oldest job is the first.
    public static let pushFunction = """
        local function push_jobs(list, dropped, bound, jobs)
          local over = redis.call('LPUSH', list, (table.unpack or unpack)(jobs)) - bound
          if over > 0 then
            redis.call('LTRIM', list, 0, bound - 1)
            redis.call('INCRBY', dropped, string.format('%d', over))
          end
        end

        """

    private static let pushScript = Script(
        pushFunction + """
            local bound = table.remove(ARGV, 1)
            push_jobs(KEYS[1], KEYS[2], tonumber(bound), ARGV)
            return '1'
            """)
}
