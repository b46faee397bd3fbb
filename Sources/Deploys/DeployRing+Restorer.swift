import Agent
import Dragonfly
import Durability
import Essentials

extension DeployRing {
    /// The kind of the journal's entries.
    static let entryKind = "deploys"

    /// Brings an event back that the journal has: to its place in the ring, and into the counts.
    static let restorer = Restorer(
        kind: entryKind, script: restoreScript,
        call: { entry in
            guard entry.fields.count == 6,
                DeployOutcome(rawValue: String(decoding: entry.fields[3], as: UTF8.self)) != nil
            else { return nil }
            let outbox = GitHubDeployment.outbox
            return (
                [list, meta, seen, outbox.key, outbox.droppedKey],
                entry.fields + [
                    Array(Hex.random(bytes: 12).utf8), bytes(bound), bytes(seenBound), bytes(outbox.bound),
                ]
            )
        }, settling: (settleScript, [list, meta]))

    /// Keys: ring, meta, seen, GitHub's outbox and what that has dropped. Arguments: identity, entry of the ring (empty:
    /// that has none any more), arrival, outcome, how many events of that outcome there were with it (0: not known), what
    /// GitHub was to be told, revision, bounds of the ring, the identities and the outbox.
    ///
    /// Hosts restore side by side, so events come in any order. A number that is higher than what was counted says that
    /// there were others before, which may come yet (`unseen`): those are in the count already. One that comes without any
    /// being missed is one more: after a restoration without its host, its number was given to another.
    private static let restoreScript = Script(
        JobList.pushFunction + entryFunctions + """
            local ring, meta, seen = KEYS[1], KEYS[2], KEYS[3]
            local identity, event, arrival, outcome, number = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], tonumber(ARGV[5])
            local bound, seen_bound = tonumber(ARGV[8]), tonumber(ARGV[9])

            local events, place = redis.call('LRANGE', ring, 0, -1), 1
            for position, entry in ipairs(events) do
              local other = parse_entry(entry)
              if other == arrival then return '0' end
              if other > arrival then place = position + 1 end
            end
            local before = redis.call('ZSCORE', seen, identity)
            before = before and arrival_of_score(before)
            -- An event without a time of its own may have come again since, as another one.
            if before and (before == arrival or before > arrival and place > bound) then return '0' end
            if redis.call('ZCARD', seen) >= seen_bound then
              local first = redis.call('ZRANGE', seen, 0, 0, 'WITHSCORES')[2]
              if arrival_of_score(first) > arrival then return '0' end
            end

            if not before or before < arrival then redis.call('ZADD', seen, score_of(arrival), identity) end
            redis.call('ZREMRANGEBYRANK', seen, 0, -1 - seen_bound)
            if event ~= '' and place <= bound then
              table.insert(events, place, event)
              redis.call('DEL', ring)
              redis.call('RPUSH', ring, (table.unpack or unpack)(events, 1, math.min(#events, bound)))
              if ARGV[6] ~= '' then push_jobs(KEYS[4], KEYS[5], tonumber(ARGV[10]), {ARGV[6]}) end
            end

            local function add(field, amount) redis.call('HINCRBY', meta, field, string.format('%d', amount)) end
            local unseen = 'unseen:' .. outcome
            if tonumber(redis.call('HGET', meta, unseen) or '0') > 0 then add(unseen, -1)
            else
              add(outcome, 1)
              add('total', 1)
            end
            local missed = number - tonumber(redis.call('HGET', meta, outcome) or '0')
            if missed > 0 then
              add(outcome, missed)
              add('total', missed)
              add(unseen, missed)
            end
            if arrival > tonumber(redis.call('HGET', meta, 'arrival') or '0') then
              redis.call('HSET', meta, 'arrival', string.format('%d', arrival))
            end
            redis.call('HSET', meta, 'revision', ARGV[7])
            return '1'
            """)

    /// Once all hosts have restored what they have, nobody brings what is missed yet. What is missed among the newest was
    /// lost with the store before anybody was told of it: it is in the count no more, and may come again. What is missed
    /// before was acknowledged once, and has left all journals.
    ///
    /// Keys: ring, meta.
    private static let settleScript = Script(
        entryFunctions + """
            for _, outcome in ipairs({\(DeployOutcome.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", "))}) do
              local unseen = tonumber(redis.call('HGET', KEYS[2], 'unseen:' .. outcome) or '0')
              local numbers, first, last, known = {}, nil, nil, 0
              for _, entry in ipairs(unseen > 0 and redis.call('LRANGE', KEYS[1], 0, -1) or {}) do
                local _, number = parse_entry(entry)
                if number > 0 and not numbers[number] and string.find(entry, '"outcome":"' .. outcome .. '"', 1, true) then
                  numbers[number], known = true, known + 1
                  first, last = math.min(first or number, number), math.max(last or number, number)
                end
              end
              local lost = first and math.min(unseen, last - first + 1 - known) or 0
              if lost > 0 then
                redis.call('HINCRBY', KEYS[2], outcome, string.format('%d', -lost))
                redis.call('HINCRBY', KEYS[2], 'total', string.format('%d', -lost))
              end
              redis.call('HDEL', KEYS[2], 'unseen:' .. outcome)
            end
            return '1'
            """)
}
