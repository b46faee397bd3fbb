import Dragonfly
import Essentials
import Web

extension JobStore {
    /// What has become of a call.
    enum Acceptance {
        /// It will be carried out.
        case accepted
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
    /// - Returns: what has become of it, and the deployments that have ended with that: those whose turn will not come
    ///   because of it, and one whose runner is not there any more.
    /// - Throws: `Problem` 503 where others have been faster again and again; `StoreError`.
    func accept(_ job: Job, mode: Mode) throws -> (Acceptance, ended: [String]) {
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
            let ended = Array(reply.dropFirst(2))
            switch reply.first {
            case "accepted": return (.accepted, ended)
            case "replay": return (.replay(of: subject), ended)
            case "busy": return (.busy(with: subject), ended)
            case "away": return (.runnerAway(host: subject), ended)
            case "full": return (.full, ended)
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
                return [
                    JobKeys.job(id), JobKeys.jobs(host), JobKeys.lease(host, job.service), JobKeys.log(id),
                    JobKeys.seen(other?[.digest] ?? ""),
                ]
            }
    }

    private func acceptanceArguments(_ job: Job, _ mode: Mode, _ others: [(String, Job?)]) -> [String] {
        [job.id, mode.rawValue, String(others.count)] + others.flatMap { [$0, $1?[.position] ?? "0", $1?.host ?? ""] }
            + [String(job.hosts.count)] + job.hosts
            + Job.Field.allCases.flatMap { field in job[field].map { [field.rawValue, $0] } ?? [] }
    }

    /// Keys: job, active, index, index of the service, seen, list of the first host, runners; then for each unfinished one
    /// its job, the list of its host, the lease, its log, and its body's. Arguments: id, mode, how many are unfinished, their ids,
    /// positions and hosts, how many hosts, the hosts, the fields of the job.
    private static let accepting = Script(
        """
        local JOB, ACTIVE, INDEX, OF_SERVICE, SEEN, LIST, RUNNERS =
          KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7]
        local id, mode = ARGV[1], ARGV[2]
        local unpack = table.unpack or unpack
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
          local key = 7 + (index - 1) * 5
          others[index] = {
            id = argument(), position = argument(), host = argument(), job = KEYS[key + 1], list = KEYS[key + 2], lease = KEYS[key + 3],
            log = KEYS[key + 4], seen = KEYS[key + 5]}
        end
        local active = redis.call('LRANGE', ACTIVE, 0, -1)
        if #active ~= #others then return {'changed'} end
        for index, other in ipairs(others) do
          if active[index] ~= other.id then return {'changed'} end
          local fields = redis.call('HMGET', other.job, 'state', 'position', 'deadline', 'phase', 'created')
          other.state, other.deadline, other.phase = fields[1], tonumber(fields[3] or '0'), fields[4]
          other.created = tonumber(fields[5] or '0')
          if other.state and fields[2] and fields[2] ~= other.position then return {'changed'} end
        end

        local function is_away(host)
          local beat = redis.call('HGET', RUNNERS, host)
          return not beat or now - tonumber(beat) > \(runnerSilence)
        end
        for _ = 1, tonumber(argument()) do
          local host = argument()
          if is_away(host) then return {'away', host} end
        end

        local function fail(other, status, message, next_step)
          local number = integer(redis.call('HINCRBY', other.job, 'log_lines', 1))
          redis.call('LPUSH', other.log, number .. '\\t\\1{"id":"' .. other.id .. '","status":"failed"}')
          redis.call('EXPIRE', other.log, \(keeping))
          redis.call('LREM', ACTIVE, 0, other.id)
          -- What has failed may be tried again.
          if redis.call('GET', other.seen) == other.id then redis.call('DEL', other.seen) end
          redis.call(
            'HSET', other.job, 'state', 'failed', 'finished', integer(now), 'error', message, 'status', status,
            'next_step', next_step, 'ended', '1')
        end

        local function promote(other)
          redis.call('HSET', other.job, 'deadline', integer(now + \(queueLimit)))
          redis.call('LPUSH', other.list, other.id)
        end

        local told = {}
        -- Those whose runner is not there, and those that nobody waits for any more, are in nobody's way.
        local left = {}
        for index, other in ipairs(others) do
          local is_first = index == 1
          if not other.state then
            redis.call('LREM', ACTIVE, 0, other.id)
          elseif is_first and redis.call('EXISTS', other.lease) == 0
            and (now > other.deadline or is_away(other.host)) then
            fail(
              other, '504', 'the runner of ' .. other.host .. ' has not ended it in time',
              'See that the runner of ' .. other.host .. ' runs: what it has begun there it brings to a good state.')
            -- It is still to be recovered, where something was changed.
            redis.call('HSET', other.job, 'abandoned', '1')
            told[#told + 1] = other.id
          elseif other.state == 'waiting' and now > other.created + \(queueLimit) then
            fail(other, '504', 'its turn has not come within an hour', 'Send the call again.')
            if not is_first then redis.call('LPUSH', other.list, other.id) end
            told[#told + 1] = other.id
          else left[#left + 1] = other end
        end
        local has_moved_up = #left > 0 and left[1] ~= others[1]

        if #left > 0 and mode == 'reject' then
          if has_moved_up then promote(left[1]) end
          return {'busy', left[1].id, unpack(told)}
        end
        local superseded, first = 0, left[1]
        if mode == 'supersede' then
          local staying = 0
          for index, other in ipairs(left) do
            if other.state == 'waiting' then
              fail(other, '409', 'superseded by ' .. id, 'Nothing was changed by it; nothing has to be done.')
              -- The runner tells whom it concerns, as it does of all. The first is in its list already.
              if index > 1 or has_moved_up then redis.call('LPUSH', other.list, other.id) end
              superseded = superseded + 1
              told[#told + 1] = other.id
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
        if #left - superseded >= \(activeBound) then return {'full', '', unpack(told)} end

        redis.call('RPUSH', ACTIVE, id)
        local fields = {}
        while position < #ARGV do fields[#fields + 1] = argument() end
        redis.call('HSET', JOB, unpack(fields))
        redis.call(
          'HSET', JOB, 'created', integer(now), 'deadline', integer(now + \(queueLimit)), 'state', 'waiting',
          'phase', 'waiting', 'position', '0')
        redis.call('EXPIRE', JOB, \(keeping))
        -- Microseconds, counted on where one millisecond has several, or the clock was set back: the order is that of
        -- acceptance, not that of ids.
        local order = now * 1000
        local newest = tonumber(redis.call('ZRANGE', INDEX, -1, -1, 'WITHSCORES')[2] or '0')
        if newest >= order then order = newest + 1 end
        for _, index in ipairs({INDEX, OF_SERVICE}) do
          redis.call('ZADD', index, integer(order), id)
          redis.call('ZREMRANGEBYRANK', index, 0, -\(indexBound + 1))
          redis.call('ZREMRANGEBYSCORE', index, '-inf', integer(now * 1000 - \(keeping)000000))
        end
        redis.call('SET', SEEN, id, 'PX', \(replayWindow))
        if not first then redis.call('LPUSH', LIST, id) end
        return {'accepted', id, unpack(told)}
        """, returning: .array)
}
