import Dragonfly
import Durability
import Essentials

extension QueueStore {
    /// The kind of the journal's entries. Their fields are the organisation, the taxonomy, what stands for the idempotency
    /// key of the request, and then what `QueueScript` returns.
    static let entryKind = "queue"

    /// Brings back what has become of deployments.
    static let restorer = Restorer(
        kind: entryKind, script: restoration,
        call: { entry in
            guard entry.fields.count > 3, let taxonomy = Taxonomy(text: text(entry.fields[1])) else { return nil }
            let scope = QueueKeys(organisation: text(entry.fields[0])).scope(
                taxonomy, idempotency: text(entry.fields[2]))
            let own = scope.arguments + [taxonomy.digest, taxonomy.text]
            return (scope.keys, [[]] + own.map { Array($0.utf8) } + entry.fields[3...])
        },
        finish: { entries, store throws(StoreError) in
            for organisation in Set(entries.map { text($0.fields[0]) }) {
                try QueueStore(store, organisation: organisation).register()
            }
        })

    private static func text(_ field: [UInt8]) -> String { String(decoding: field, as: UTF8.self) }

    /// Arguments: the taxonomy, its digest and its values, then what `QueueScript` has returned.
    ///
    /// A deployment takes the place of the one that the store has if it was changed later: its record and its history are
    /// those of that change, and its places in the index and elsewhere follow from them. Counters only rise.
    private static let restoration = Script(
        QueueScript.shared + """
            local taxonomy, values, time, position = args[1], args[2], tonumber(args[3]), 4
            local function take()
              local list = {}
              for index = 1, tonumber(args[position]) do list[index] = args[position + index] end
              position = position + #list + 1
              return list
            end
            local deployments, gone, counts, day, request = take(), take(), take(), take(), take()
            local is_news = '0'

            local function follow(key, belongs, since, id)
              if belongs then redis.call('ZADD', key, since, id) else redis.call('ZREM', key, id) end
            end

            local function replace(id, old, record, since)
              local status = record[STATUS]
              each_group(record[TRIGGER], function(group)
                if old then redis.call('ZREM', index_key(group, old[STATUS]), id) end
                redis.call('ZADD', index_key(group), record[SEQUENCE], id)
                redis.call('ZADD', index_key(group, status), record[SEQUENCE], id)
              end)
              if since == '0' then since = record[UPDATED] end
              follow(PROGRESS, status == 'in_progress', since, id)
              follow(SOURCES, status == 'deployed', since, id)
              if status ~= 'in_progress' then redis.call('ZREM', STUCK, id) end
              redis.call('HSET', TAXONOMIES, taxonomy, values)
              save(id, record)
              if tonumber(redis.call('HGET', META, 'last_seq') or '0') < tonumber(record[UPDATED]) then
                redis.call('HSET', META, 'last_seq', record[UPDATED])
              end
            end

            for index = 1, #deployments, 4 do
              local id, since, record = deployments[index], deployments[index + 1], parse(deployments[index + 2])
              local old = load(id)
              if record and not (old and tonumber(old[UPDATED]) >= tonumber(record[UPDATED])) then
                replace(id, old, record, since)
                redis.call('HSET', HISTORY, id, deployments[index + 3])
                is_news = '1'
              end
            end
            for _, id in ipairs(gone) do
              if redis.call('SADD', ABANDONED, id) == 1 then is_news = '1' end
            end
            for index = 1, #counts, 2 do
              if tonumber(redis.call('HGET', COUNTERS, counts[index]) or '0') < tonumber(counts[index + 1]) then
                redis.call('HSET', COUNTERS, counts[index], counts[index + 1])
              end
            end
            local today = tonumber(redis.call('HGET', META, 'day') or '0')
            for index, field in ipairs({'day', 'created', 'rolled_back'}) do
              local known = redis.call('HGET', META, field) or '0'
              if tonumber(day[1]) > today or tonumber(day[1]) == today and tonumber(day[index]) > tonumber(known) then
                redis.call('HSET', META, field, day[index])
              end
            end
            if request[1] and redis.call('EXISTS', IDEMPOTENCY) == 0 then
              local left = \(Idempotency.keeping) - math.floor((now - time) / 1000)
              if left > 0 then
                redis.call('SET', IDEMPOTENCY, request[1], 'PX', string.format('%d', left))
                is_news = '1'
              end
            end
            return is_news
            """)
}
