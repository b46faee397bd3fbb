import Dragonfly

/// What all scripts that change the queue have in common: the names of a record's lines, the keys, and how a deployment
/// is put into the index, moved in it, and noted in its history.
///
/// Keys: the ten that `QueueStore.commit` begins with, then for each group one with any status, and one for each of `Status.allCases`. Arguments:
/// how many groups there are, the trigger of each (empty: any), then the script's own, in `args`.
enum QueueScript {
    /// How many scheduled deployments a taxonomy may have, so that no script has to skip more of them.
    static let scheduledBound = 500
    /// How many more rollbacks may be scheduled beside them: they are made when it matters.
    static let reserve = 100
    /// Rollbacks that replace one another and are followed back.
    private static let lineageBound = 100

    /// A script.
    ///
    /// - Parameter body: of a function that returns the answer.
    static func make(_ body: String) -> Script {
        Script(prelude + "local function act()\n" + body + "\nend\n" + conclusion, returning: .array)
    }

    private static let prelude = shared + changes

    /// Bytes of records and histories after which a script leaves the rest to `rest`: the server has to be done in time, with
    /// it and with what the restorer makes of an entry.
    static let journalBound = 256 << 10

    /// Returns what others have touched and left. Arguments: ids.
    static let rest = make("for _, id in ipairs(args) do touch(id) end return ''")

    /// What every script ends with: all that it has touched, as a list of texts. The time, then how many follow of each: of
    /// deployments with when their status began (0: not known), their records and histories, of what was abandoned, of
    /// counters with their values, of what is counted for a day, and of what the request is remembered by. The ids of
    /// deployments that are left to be asked for are a second list.
    private static let conclusion = """
        local answer = act()
        if ARGV[1] == '' then return answer end
        if #touched == 0 then return {answer, {}} end
        local made = {string.format('%d', now)}
        local function put(list)
          made[#made + 1] = string.format('%d', #list)
          for _, text in ipairs(list) do made[#made + 1] = text end
        end
        local deployments, bytes, left = {}, 0, {}
        for _, id in ipairs(touched) do
          local text = bytes < \(journalBound) and redis.call('HGET', RECORDS, id)
          local record = parse(text)
          if bytes >= \(journalBound) then
            left[#left + 1] = id
          elseif record then
            local since = redis.call('ZSCORE', record[STATUS] == 'deployed' and SOURCES or PROGRESS, id)
            local history = redis.call('HGET', HISTORY, id) or ''
            deployments[#deployments + 1] = id
            deployments[#deployments + 1] = string.format('%d', math.floor(tonumber(since or '0')))
            deployments[#deployments + 1] = text
            deployments[#deployments + 1] = history
            bytes = bytes + #text + #history
          end
        end
        put(deployments)
        put(abandoned)
        local counts = {}
        for field, value in pairs(counted) do
          counts[#counts + 1] = field
          counts[#counts + 1] = string.format('%d', value)
        end
        put(counts)
        local day = {}
        for position, value in ipairs(redis.call('HMGET', META, 'day', 'created', 'rolled_back')) do
          day[position] = value or '0'
        end
        put(day)
        put(remembered)
        return {answer, made, left}
        """

    /// What every script begins with, that of the restorer too.
    static let shared = """
        local unpack = table.unpack or unpack
        local META, RECORDS, HISTORY, COUNTERS, PROGRESS, STUCK = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
        local SOURCES, ABANDONED, TAXONOMIES, IDEMPOTENCY = KEYS[7], KEYS[8], KEYS[9], KEYS[10]
        local \(Deployment.Line.allCases.map(\.scriptName).joined(separator: ", ")) =
          \(Deployment.Line.allCases.map { String($0.rawValue + 1) }.joined(separator: ", "))
        local STATUSES = {\(statuses)}
        local groups, triggers = tonumber(ARGV[2]), {}
        for group = 1, groups do triggers[group] = ARGV[2 + group] end
        local args = {}
        for position = groups + 3, #ARGV do args[#args + 1] = ARGV[position] end

        local function index_key(group, status)
          return KEYS[10 + (group - 1) * \(Status.allCases.count + 1) + (status and STATUSES[status] or 1)]
        end

        local function lines(text)
          local list = {}
          for line in string.gmatch(text .. '\\n', '([^\\n]*)\\n') do list[#list + 1] = line end
          return list
        end

        -- The lines of a record; nil for what is none: a script that met it in the middle would leave its work half done.
        local function parse(text)
          local list = text and lines(text)
          return list and #list == \(Deployment.Line.allCases.count) and list or nil
        end

        local function load(id)
          return id ~= '' and parse(redis.call('HGET', RECORDS, id)) or nil
        end

        -- What the journal gets: the deployments that were changed, or found to be so already.
        local touched, is_touched, abandoned, counted, remembered = {}, {}, {}, {}, {}
        local function touch(id)
          if not is_touched[id] then touched[#touched + 1] = id end
          is_touched[id] = true
        end

        local function save(id, record)
          redis.call('HSET', RECORDS, id, table.concat(record, '\\n'))
          touch(id)
        end

        local function each_group(trigger, visit)
          for group = 1, groups do
            if triggers[group] == '' or triggers[group] == trigger then visit(group) end
          end
        end

        -- The store's own clock, so that no host's can be ahead of the others.
        local clock = redis.call('TIME')
        local now = tonumber(clock[1]) * 1000000 + tonumber(clock[2])

        """

    private static let changes = """
        local function next_sequence()
          local last = tonumber(redis.call('HGET', META, 'last_seq') or '0')
          local sequence = string.format('%d', math.max(last + 1, now))
          redis.call('HSET', META, 'last_seq', sequence)
          return sequence
        end

        local function note(id, time, author, change)
          local entry = time .. '\\t' .. author .. '\\t' .. change
          local before = redis.call('HGET', HISTORY, id)
          if before then
            local list, bytes = lines(before), #before + 1 + #entry
            while #list > 1 and (#list >= \(HistoryEntry.bound) or bytes > \(HistoryEntry.byteBound)) do
              bytes = bytes - #table.remove(list, 2) - 1
            end
            list[#list + 1] = entry
            entry = table.concat(list, '\\n')
          end
          redis.call('HSET', HISTORY, id, entry)
        end

        local function status_change(old, new)
          return '"status":{"from":' .. (old and '"' .. old .. '"' or 'null') .. ',"to":"' .. new .. '"}'
        end

        local function count(field, amount) counted[field] = redis.call('HINCRBY', COUNTERS, field, amount or 1) end

        local function abandon(id)
          redis.call('SADD', ABANDONED, id)
          abandoned[#abandoned + 1] = id
        end

        local function follow_progress(id, old, new, time)
          if new == 'in_progress' then redis.call('ZADD', PROGRESS, time, id)
          elseif old == 'in_progress' then
            redis.call('ZREM', PROGRESS, id)
            redis.call('ZREM', STUCK, id)
          end
        end

        -- What a deployment is in the end: a rollback is what it is a copy of.
        local function origin(id, record)
          return record[ORIGIN] ~= '' and record[ORIGIN] or id
        end

        -- Calls visit(id, record) for what a rollback replaces, and for what that has replaced if it is one itself: it may
        -- never have been deployed.
        local function each_replaced(record, visit)
          for _ = 1, \(lineageBound) do
            local id = record[REPLACED]
            record = load(id)
            if not record then return end
            visit(id, record)
          end
        end

        local function follow_sources(id, record, old, new, time)
          if new == 'deployed' then
            redis.call('ZADD', SOURCES, time, id)
            local own = origin(id, record)
            each_replaced(record, function(replaced, other)
              if origin(replaced, other) ~= own then abandon(origin(replaced, other)) end
            end)
          elseif old == 'deployed' then redis.call('ZREM', SOURCES, id) end
        end

        local function has_room(reserve)
          return redis.call('ZCARD', index_key(2, 'scheduled')) < \(scheduledBound) + (reserve or 0)
        end

        local function add(id, record, author, change)
          save(id, record)
          each_group(record[TRIGGER], function(group)
            redis.call('ZADD', index_key(group), record[SEQUENCE], id)
            redis.call('ZADD', index_key(group, record[STATUS]), record[SEQUENCE], id)
          end)
          follow_progress(id, nil, record[STATUS], record[SEQUENCE])
          note(id, record[SEQUENCE], author, status_change(nil, record[STATUS]) .. change)
          count('created|' .. record[PROVIDER] .. '|' .. record[TRIGGER])
        end

        local function move(id, record, new, time)
          local old = record[STATUS]
          record[STATUS] = new
          each_group(record[TRIGGER], function(group)
            redis.call('ZREM', index_key(group, old), id)
            redis.call('ZADD', index_key(group, new), record[SEQUENCE], id)
          end)
          follow_progress(id, old, new, time)
          follow_sources(id, record, old, new, time)
          count('updated|' .. new)
        end

        -- Whether a request with this key and digest was answered before: its deployment, or 'reused' after another one.
        local function repeated(digest)
          if digest == '' then return nil end
          local known = redis.call('GET', IDEMPOTENCY)
          if not known then return nil end
          local list = lines(known)
          if list[1] ~= digest then return {'reused'} end
          local text = redis.call('HGET', RECORDS, list[2])
          if not text then return nil end
          touch(list[2])
          remembered[1] = known
          return {'repeated', list[2], text}
        end

        -- Once more as well where a script finds its own work done: the journal may lack the key, which this brings there.
        local function remember(digest, id)
          if digest == '' then return end
          remembered[1] = digest .. '\\n' .. id
          redis.call('SET', IDEMPOTENCY, remembered[1], 'PX', \(Idempotency.keeping))
        end

        -- Whether one more may be made today (UTC), creations and rollbacks each for themselves; if so it is counted.
        local function admit(field, limit)
          local day = math.floor(now / 86400000000)
          if day > tonumber(redis.call('HGET', META, 'day') or '0') then
            redis.call('HSET', META, 'day', string.format('%d', day), 'created', '0', 'rolled_back', '0')
          end
          if tonumber(redis.call('HGET', META, field) or '0') >= tonumber(limit) then return false end
          redis.call('HINCRBY', META, field, 1)
          return true
        end

        """

    private static let statuses = Status.allCases.enumerated().map { "\($1.rawValue) = \($0 + 2)" }
        .joined(separator: ", ")
}

extension Deployment.Line {
    /// What scripts call it.
    fileprivate var scriptName: String { "\(self)".uppercased() }
}
