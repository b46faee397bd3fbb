import Dragonfly
import Essentials

/// The right of one runner to change a service on its host, and to write what becomes of the deployment. All that it writes
/// is refused once somebody else has that right, or nobody.
struct Tenure: Sendable {
    /// Milliseconds that it lasts without being extended.
    static let lasting = 15_000

    let job: Job
    let host: String
    /// What the lease holds: a token that grows from holder to holder, and who it is.
    let lease: String
    /// The lines of the log that this runner has found.
    var lines: Int
}

/// The lease of a deployment has gone to somebody else, or has run out: nothing more may be done for it.
public struct RightLost: Error, CustomStringConvertible {
    /// What to tell of it.
    public var description: String {
        "the lease of the deployment has gone to another runner, or has run out while this one was stopped"
    }
}

extension JobStore {
    /// How a runner gets a deployment from the list of its host.
    enum Begun {
        case begun(Tenure)
        /// It is over: what is left is to tell of it.
        case over(Job)
        /// Its time was over before anybody began it, or so many runners have died with it that it is given up.
        case givenUp(Tenure, reason: String)
        /// There is no such deployment any more, or it is another host's turn.
        case gone
        /// Somebody else is at the service on this host, for so many milliseconds at most.
        case held(milliseconds: Int64)
    }

    /// Begins a deployment that was taken from the list, or goes on with one that a predecessor has left.
    ///
    /// - Parameters:
    ///   - holder: tells this runner from all others.
    ///   - isHeir: whether the predecessor is known to be dead, so that its lease counts no more.
    ///   - budget: milliseconds that the deployment may take on this host.
    /// - Throws: `StoreError`.
    func begin(_ id: String, on host: String, holder: String, isHeir: Bool, budget: Int64) throws(StoreError) -> Begun {
        guard let job = try job(id) else { return .gone }
        let reply = try store.evaluate(
            Self.beginning,
            keys: [JobKeys.job(id), JobKeys.lease(host, job.service), JobKeys.fence].map(store.key),
            arguments: [host, holder, isHeir ? "1" : "0", String(budget)].map { Array($0.utf8) }
        ).array.compactMap(\.string)
        switch reply.first {
        case "begun" where reply.count == 3:
            guard let job = try self.job(id) else { return .gone }
            let tenure = Tenure(job: job, host: host, lease: reply[1], lines: job.logEntries)
            return switch reply[2] {
            case "late": .givenUp(tenure, reason: "its turn came so late that nobody waits for it any more")
            case "deadly": .givenUp(tenure, reason: "\(Self.attempts) runners have died with it")
            default: .begun(tenure)
            }
        case "over":
            return try self.job(id).map { .over($0) } ?? .gone
        case "held": return .held(milliseconds: reply.count > 1 ? Int64(reply[1]) ?? 0 : 0)
        default: return .gone
        }
    }

    /// How many runners in a row may die with a deployment: it may be what they die of.
    private static let attempts = 5

    /// Keys: job, lease, fence. Arguments: host, holder, whether a dead predecessor's lease counts no more, milliseconds
    /// that it may take.
    private static let beginning = Script(
        """
        local JOB, LEASE, FENCE = KEYS[1], KEYS[2], KEYS[3]
        local host, holder, is_heir, budget = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
        local clock = redis.call('TIME')
        local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
        local fields = redis.call(
          'HMGET', JOB, 'state', 'hosts', 'position', 'started', 'abandoned', 'phase', 'deadline')
        if not fields[1] then return {'gone'} end
        local is_final = fields[1] ~= 'waiting' and fields[1] ~= 'running'
        local is_untouched = fields[6] == 'waiting' or fields[6] == 'pull'
        if is_final and (fields[5] ~= '1' or is_untouched) then return {'over'} end
        local index, own = 0, nil
        for name in string.gmatch(fields[2], '%S+') do
          if index == tonumber(fields[3]) then own = name end
          index = index + 1
        end
        if own ~= host then return {'gone'} end
        local lease = redis.call('GET', LEASE)
        local current = lease and string.match(lease, ' (.*)$')
        if lease and current ~= holder and is_heir ~= '1' then
          return {'held', string.format('%d', redis.call('PTTL', LEASE))}
        end
        if current ~= holder then
          lease = string.format('%d', redis.call('INCR', FENCE)) .. ' ' .. holder
        end
        redis.call('SET', LEASE, lease, 'PX', '\(Tenure.lasting)')
        local is_late = fields[6] == 'waiting' and now > tonumber(fields[7] or '0')
        redis.call('HSET', JOB, 'host', host, 'lease', lease)
        if not is_late then redis.call('HSET', JOB, 'deadline', string.format('%d', now + tonumber(budget))) end
        -- One that was given up stays so; what it has left behind is put in order.
        if not is_final then redis.call('HSET', JOB, 'state', 'running') end
        local attempt = tonumber(redis.call('HINCRBY', JOB, 'attempts', is_heir == '1' and 1 or 0))
        if is_late then return {'begun', lease, 'late'} end
        if attempt > \(attempts) then return {'begun', lease, 'deadly'} end
        if not fields[4] then redis.call('HSET', JOB, 'started', string.format('%d', now)) end
        return {'begun', lease, ''}
        """, returning: .array)

    /// Extends the lease, and writes what has become of the deployment so far.
    ///
    /// - Parameter lines: lines of its log.
    /// - Returns: the deployment that has taken its place, if one has: nothing has to be begun any more then.
    /// - Throws: `RightLost`, `StoreError`.
    func note(_ tenure: inout Tenure, _ fields: [Job.Field: String] = [:], lines: [String] = []) throws -> String? {
        let reply = try store.evaluate(
            Self.noting,
            keys: [
                JobKeys.lease(tenure.host, tenure.job.service), JobKeys.job(tenure.job.id), JobKeys.log(tenure.job.id),
            ].map(store.key),
            arguments: ([tenure.lease, String(tenure.lines), String(lines.count)] + lines
                + fields.flatMap { [$0.rawValue, $1] }).map { Array($0.utf8) }
        ).array.compactMap(\.string)
        // Of one that the store has lost nothing can be told any more. What was begun is finished all the same.
        guard reply.first != "gone" else { return nil }
        guard reply.first == "noted" else { throw RightLost() }
        tenure.lines += lines.count
        return reply.count > 1 && !reply[1].isEmpty ? reply[1] : nil
    }

    /// What scripts of a tenure begin with. Keys: lease, job, log. Arguments: the lease, lines that the log has had, how many
    /// are new, these. What follows is in `rest`.
    private static let tenancy = """
        local LEASE, JOB, LOG = KEYS[1], KEYS[2], KEYS[3]
        local lease = redis.call('GET', LEASE)
        if not lease then
          -- It has run out while the store was away. Nobody has begun this deployment since, and while it is not ended
          -- nobody can begin another one: it is still its holder's.
          local fields = redis.call('HMGET', JOB, 'state', 'lease')
          -- The store has come back without it.
          if not fields[1] then return {'gone'} end
          if fields[1] ~= 'running' or fields[2] ~= ARGV[1] then return {'fenced'} end
          redis.call('SET', LEASE, ARGV[1], 'PX', '\(Tenure.lasting)')
        elseif lease ~= ARGV[1] then return {'fenced'} end
        local before, count = tonumber(ARGV[2]), tonumber(ARGV[3])
        local unpack = table.unpack or unpack
        -- Those of a script whose reply was lost are there.
        local had = tonumber(redis.call('HGET', JOB, 'log_lines') or '0')
        for index = math.max(1, had - before + 1), count do
          local number = string.format('%d', before + index)
          redis.call('LPUSH', LOG, number .. '\\t' .. ARGV[3 + index])
          redis.call('HSET', JOB, 'log_lines', number)
        end
        if count > 0 then
          redis.call('LTRIM', LOG, 0, \(logBound - 1))
          redis.call('EXPIRE', LOG, \(keeping))
        end
        local rest = {}
        for index = 4 + count, #ARGV do rest[#rest + 1] = ARGV[index] end

        """

    /// The rest are fields and their values.
    private static let noting = Script(
        tenancy + """
            redis.call('PEXPIRE', LEASE, '\(Tenure.lasting)')
            if #rest > 0 then redis.call('HSET', JOB, unpack(rest)) end
            return {'noted', redis.call('HGET', JOB, 'cancelled') or ''}
            """, returning: .array)

    /// Ends a deployment on this host: hands it to the next one, or ends it altogether.
    ///
    /// - Parameters:
    ///   - fields: what is to be told of it. A final `state` ends it; without, the next host's turn has come.
    ///   - good: what is good on this host from now on, newest first; nil to leave that as it was.
    /// - Throws: `RightLost`, `StoreError`.
    func conclude(
        _ tenure: inout Tenure, _ fields: [Job.Field: String], lines: [String], good: [GoodVersion]?
    ) throws {
        let job = tenure.job
        let isOver = fields[.state] != nil
        while true {
            let active = try store.run(Command("LRANGE", store.key(JobKeys.active(job.service)), "0", "1")).array
                .compactMap(\.string)
            // The one whose turn it is next.
            let nextID = isOver ? active.first == job.id ? active.dropFirst().first : nil : nil
            let next = try nextID.flatMap { id throws(StoreError) in try self.job(id) }
            let keys = [
                JobKeys.lease(tenure.host, job.service), JobKeys.job(job.id), JobKeys.log(job.id),
                JobKeys.active(job.service), JobKeys.seen(job[.digest] ?? ""), JobKeys.good(tenure.host, job.service),
                JobKeys.taken(tenure.host), JobKeys.jobs(job.nextHost ?? tenure.host), JobKeys.job(nextID ?? ""),
                JobKeys.jobs(next?.hosts.first ?? tenure.host),
            ]
            let succeeded = !isOver || fields[.state] == State.succeeded.rawValue
            let goodList = good.map { [String($0.count)] + $0.map(\.stored) } ?? ["-1"]
            var arguments = [tenure.lease, String(tenure.lines), String(lines.count)] + lines
            arguments += [job.id, isOver ? "1" : "0", succeeded ? "1" : "0", nextID ?? "", String(job.position + 1)]
            arguments += goodList + fields.flatMap { [$0.rawValue, $1] }
            let reply = try store.evaluate(
                Self.concluding, keys: keys.map(store.key), arguments: arguments.map { Array($0.utf8) }
            ).array.compactMap(\.string)
            if reply.first == "changed" { continue }
            guard reply.first != "gone" else { return }
            guard reply.first == "concluded" else { throw RightLost() }
            tenure.lines += lines.count
            return
        }
    }

    /// Keys: those of a tenancy, active, seen, good, taken, list of the next host, the deployment whose turn it is next, and the
    /// list of its first host. The rest: id, whether it is over, whether it has succeeded, the id of the next
    /// deployment, the position of the next host, how many good versions there are (-1: as they were), these, fields and their values.
    private static let concluding = Script(
        """
        -- The same again, after a lost reply.
        if redis.call('HGET', KEYS[2], 'concluded') == ARGV[1] then return {'concluded'} end

        """ + tenancy + """
            local ACTIVE, SEEN, GOOD, TAKEN = KEYS[4], KEYS[5], KEYS[6], KEYS[7]
            local LIST, NEXT, NEXT_LIST = KEYS[8], KEYS[9], KEYS[10]
            local id, is_over, has_succeeded, next_id, position = unpack(rest, 1, 5)
            local clock = redis.call('TIME')
            local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
            local deadline = string.format('%d', now + \(queueLimit))
            local active = redis.call('LRANGE', ACTIVE, 0, 1)
            local follower = is_over == '1' and active[1] == id and active[2] or ''
            if follower ~= next_id then return {'changed'} end

            local count = tonumber(rest[6])
            if count >= 0 then
              redis.call('DEL', GOOD)
              for index = 1, count do redis.call('RPUSH', GOOD, rest[6 + index]) end
            end
            local fields = {}
            for index = 7 + math.max(count, 0), #rest do fields[#fields + 1] = rest[index] end
            if #fields > 0 then redis.call('HSET', JOB, unpack(fields)) end
            redis.call('HSET', JOB, 'concluded', ARGV[1])
            redis.call('EXPIRE', JOB, \(keeping))
            if is_over == '1' then
              redis.call('HSET', JOB, 'finished', string.format('%d', now), 'ended', '1')
              redis.call('LREM', ACTIVE, 0, id)
              -- What has failed may be tried again.
              if has_succeeded ~= '1' and redis.call('GET', SEEN) == id then redis.call('DEL', SEEN) end
              if next_id ~= '' then
                redis.call('HSET', NEXT, 'deadline', deadline)
                redis.call('LPUSH', NEXT_LIST, next_id)
              end
              -- It stays taken until it has been told of.
            else
              redis.call('HSET', JOB, 'position', position, 'phase', 'waiting', 'deadline', deadline, 'before', '')
              redis.call('LREM', TAKEN, 0, id)
              redis.call('LPUSH', LIST, id)
            end
            redis.call('DEL', LEASE)
            return {'concluded'}
            """, returning: .array)

    /// The runner of a host has nothing more to do for a deployment.
    ///
    /// - Throws: `StoreError`.
    func settle(_ id: String, on host: String) throws(StoreError) {
        _ = try store.run(Command("LREM", store.key(JobKeys.taken(host)), "0", id))
    }

    /// What the runner of a host has taken and not settled.
    ///
    /// - Throws: `StoreError`.
    func taken(on host: String) throws(StoreError) -> [String] {
        try store.run(Command("LRANGE", store.key(JobKeys.taken(host)), "0", "-1")).array.reversed()
            .compactMap(\.string)
    }
}
