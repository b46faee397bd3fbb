import Dragonfly
import Essentials
import Web

extension JobStore {
    /// What has become of a call.
    enum Acceptance {
        /// It will be carried out.
        ///
        /// - superseded: those whose turn will not come because of it.
        case accepted(superseded: [String])
        /// The same body has begun this one within ten minutes.
        case replay(of: String)
        /// This one is under way, and has to be waited for.
        case busy(with: String)
        /// The runner of this host is not there.
        case runnerAway(host: String)
        /// Too many wait already.
        case full
    }

    /// Milliseconds for which the same body again is a replay.
    static let replayWindow = 600_000
    /// Deployments of a service that may be unfinished.
    static let activeBound = 100

    /// Takes a deployment on, if its service's others and its mode allow it.
    ///
    /// - Throws: `Problem` 503 where others have been faster again and again; `StoreError`.
    func accept(_ job: Job, mode: Mode) throws -> Acceptance {
        for _ in 0..<20 {
            // Scripts touch declared keys only, so what they look at has to be known before; they look whether it still
            // is so.
            let ids = try store.run(Command("LRANGE", store.key(JobKeys.active(job.service)), "0", "-1")).array
                .compactMap(\.string)
            let others = try zip(ids, jobs(ids)).map { ($0, $1) }
            let reply = try store.commit(
                Self.accepting, keys: acceptanceKeys(job, others).map(store.key),
                arguments: acceptanceArguments(job, mode, others).map { Array($0.utf8) }
            ).array.compactMap(\.string)
            let subject = reply.count > 1 ? reply[1] : ""
            switch reply.first {
            case "accepted": return .accepted(superseded: Array(reply.dropFirst()))
            case "replay": return .replay(of: subject)
            case "busy": return .busy(with: subject)
            case "away": return .runnerAway(host: subject)
            case "full": return .full
            default: continue
            }
        }
        throw Problem(
            .serviceUnavailable,
            "So many deployments of the service come at once that this one could not be taken on; "
                + "send the request again in a second.", headers: [.retryAfter: "1"])
    }

    private func acceptanceKeys(_ job: Job, _ others: [(String, Job?)]) -> [String] {
        let host = job.hosts.first ?? ""
        return [
            JobKeys.job(job.id), JobKeys.active(job.service), JobKeys.index(), JobKeys.index(job.service),
            JobKeys.seen(job[.digest] ?? ""), JobKeys.jobs(host), JobKeys.runners,
        ]
            + others.flatMap { id, other in
                let host = other?.host ?? host
                return [JobKeys.job(id), JobKeys.jobs(host), JobKeys.lease(host, job.service), JobKeys.log(id)]
            }
    }

    private func acceptanceArguments(_ job: Job, _ mode: Mode, _ others: [(String, Job?)]) -> [String] {
        [job.id, mode.rawValue, String(others.count)] + others.flatMap { [$0, $1?[.position] ?? "0"] }
            + [String(job.hosts.count)] + job.hosts
            + Job.Field.allCases.flatMap { field in job[field].map { [field.rawValue, $0] } ?? [] }
    }

    /// Keys: job, active, index, index of the service, seen, list of the first host, runners; then for each unfinished one
    /// its job, the list of its host, the lease, and its log. Arguments: id, mode, how many are unfinished, their ids and
    /// positions, how many hosts, the hosts, the fields of the job.
    private static let accepting = Script(
        """
        local JOB, ACTIVE, INDEX, OF_SERVICE, SEEN, LIST, RUNNERS =
          KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7]
        local id, mode = ARGV[1], ARGV[2]
        local clock = redis.call('TIME')
        local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
        local function integer(number) return string.format('%d', number) end

        -- The same again, after a lost reply.
        if redis.call('EXISTS', JOB) == 1 then return {'accepted'} end
        local known = redis.call('GET', SEEN)
        if known then return {'replay', known} end

        local position = 3
        local function argument()
          position = position + 1
          return ARGV[position]
        end

        local others = {}
        for index = 1, tonumber(ARGV[3]) do
          local key = 7 + (index - 1) * 4
          others[index] = {
            id = argument(), position = argument(), job = KEYS[key + 1], list = KEYS[key + 2], lease = KEYS[key + 3],
            log = KEYS[key + 4]}
        end
        local active = redis.call('LRANGE', ACTIVE, 0, -1)
        if #active ~= #others then return {'changed'} end
        for index, other in ipairs(others) do
          if active[index] ~= other.id then return {'changed'} end
          local fields = redis.call('HMGET', other.job, 'state', 'position', 'deadline', 'phase')
          other.state, other.deadline, other.phase = fields[1], tonumber(fields[3] or '0'), fields[4]
          if other.state and fields[2] and fields[2] ~= other.position then return {'changed'} end
        end

        for _ = 1, tonumber(argument()) do
          local host = argument()
          local beat = redis.call('HGET', RUNNERS, host)
          if not beat or now - tonumber(beat) > \(runnerSilence) then return {'away', host} end
        end

        local function fail(other, status, message, next_step)
          local number = integer(redis.call('HINCRBY', other.job, 'log_lines', 1))
          redis.call('LPUSH', other.log, number .. '\\t\\1{"id":"' .. other.id .. '","status":"failed"}')
          redis.call('EXPIRE', other.log, \(keeping))
          redis.call('LREM', ACTIVE, 0, other.id)
          redis.call(
            'HSET', other.job, 'state', 'failed', 'phase', 'done', 'finished', integer(now), 'error', message,
            'status', status, 'next_step', next_step, 'ended', '1')
        end

        local function promote(other)
          redis.call('HSET', other.job, 'deadline', integer(now + \(queueLimit)))
          redis.call('LPUSH', other.list, other.id)
        end

        -- Those whose runner has not been heard of for longer than they could take are in nobody's way.
        local left = {}
        for index, other in ipairs(others) do
          local is_first = index == 1
          if not other.state then
            redis.call('LREM', ACTIVE, 0, other.id)
          elseif is_first and now > other.deadline and redis.call('EXISTS', other.lease) == 0 then
            fail(
              other, '504', 'the runner of its host has not ended it in time',
              'See whether the runner of the host runs, and what state the service is in there.')
          else left[#left + 1] = other end
        end
        local has_moved_up = #left > 0 and left[1] ~= others[1]

        if #left > 0 and mode == 'reject' then
          if has_moved_up then promote(left[1]) end
          return {'busy', left[1].id}
        end
        local superseded, first = {}, left[1]
        if mode == 'supersede' then
          local staying = 0
          for index, other in ipairs(left) do
            if other.state == 'waiting' then
              fail(other, '409', 'superseded by ' .. id, 'Nothing was changed by it; nothing has to be done.')
              -- The runner tells whom it concerns, as it does of all. The first is in its list already.
              if index > 1 or has_moved_up then redis.call('LPUSH', other.list, other.id) end
              superseded[#superseded + 1] = other.id
            else
              -- It has begun, and not changed anything.
              if other.phase == 'waiting' or other.phase == 'pull' then
                redis.call('HSET', other.job, 'cancelled', id)
              end
              staying = staying + 1
            end
          end
          if staying == 0 then first = nil end
        elseif has_moved_up then promote(left[1]) end
        if #left - #superseded >= \(activeBound) then return {'full'} end

        redis.call('RPUSH', ACTIVE, id)
        local fields = {}
        while position < #ARGV do fields[#fields + 1] = argument() end
        redis.call('HSET', JOB, (table.unpack or unpack)(fields))
        redis.call(
          'HSET', JOB, 'created', integer(now), 'deadline', integer(now + \(queueLimit)), 'state', 'waiting',
          'phase', 'waiting', 'position', '0')
        redis.call('EXPIRE', JOB, \(keeping))
        for _, index in ipairs({INDEX, OF_SERVICE}) do
          redis.call('ZADD', index, integer(now), id)
          redis.call('ZREMRANGEBYRANK', index, 0, -\(indexBound + 1))
          redis.call('ZREMRANGEBYSCORE', index, '-inf', integer(now - \(keeping)000))
        end
        redis.call('SET', SEEN, id, 'PX', \(replayWindow))
        if not first then redis.call('LPUSH', LIST, id) end
        return {'accepted', (table.unpack or unpack)(superseded)}
        """)
}
