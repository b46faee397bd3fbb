import Dragonfly
import Essentials
import Web

extension QueueStore {
    /// What a change has come to.
    struct Changed {
        /// The deployment as it is now.
        let deployment: Deployment
        /// What the script has done.
        let word: String
        /// Whether it is another than it was.
        var isNews: Bool { hasMoved || word == "changed" }
        /// Whether its status is another than it was.
        var hasMoved: Bool { word == "moved" }
        /// Whether its status does not allow the change, so that there was none.
        var isConflict: Bool { word == "conflict" }
        /// Those that were skipped with it.
        let skipped: [(id: String, version: String)]
    }

    /// Changes a deployment. One that becomes `deployed` has every older one of its taxonomy that is scheduled skipped,
    /// unless that has a higher version.
    ///
    /// - Parameter token: tells the change from every other; the same one again, while it is the last one, changes nothing.
    /// - Throws: `Problem` 404 where there is none, 409 where its status does not allow the change; `StoreError`.
    func change(
        _ id: String, _ posted: PostedChange, by identity: Identity, token: String = Hex.random(bytes: 12)
    ) throws -> Changed {
        guard let changed = try attempt(id, posted, by: identity, token: token) else { throw Self.missing }
        guard !changed.isConflict else { throw Self.conflict(changed.deployment, posted.status) }
        return changed
    }

    /// Changes a deployment as `change` does, if its status allows that.
    ///
    /// - Returns: nil if there is none.
    /// - Throws: `Problem`, `StoreError`.
    func attempt(
        _ id: String, _ posted: PostedChange, by identity: Identity, token: String = Hex.random(bytes: 12)
    ) throws -> Changed? {
        try store.whileRestored {
            guard let deployment = try deployment(id) else { return nil }
            return try change(deployment, posted, from: posted.status?.predecessors ?? [], by: identity, token: token)
        }
    }

    /// Takes the oldest scheduled deployment that a filter finds: it is in progress then, and nobody else takes it.
    ///
    /// - Returns: nil if there is none.
    /// - Throws: `Problem` 503 where others have been faster again and again; `StoreError`.
    func claim(_ filter: ListFilter, by identity: Identity, idempotency: Idempotency) throws -> Changed? {
        try store.whileRestored { try claimOldest(filter, by: identity, idempotency: idempotency) }
    }

    private func claimOldest(
        _ filter: ListFilter, by identity: Identity, idempotency: Idempotency
    ) throws -> Changed? {
        if let before = try answered(idempotency) { return Changed(deployment: before, word: "repeated", skipped: []) }
        var filter = filter
        filter.status = .scheduled
        var cursor: Int64?
        for _ in 0..<Self.claimRounds {
            let page = try list(filter, order: .oldestFirst, after: cursor, limit: Self.claimCandidates)
            if page.deployments.isEmpty {
                // One that others have put back meanwhile is not missed for long: who finds none asks again.
                guard let next = page.next else { return nil }
                cursor = next
            }
            for candidate in page.deployments {
                let changed = try change(
                    candidate, PostedChange(status: .inProgress), from: [.scheduled], by: identity,
                    idempotency: idempotency)
                if !changed.isConflict { return changed }
            }
        }
        throw Problem(
            .serviceUnavailable, "No deployment could be claimed in time; send the request again in a second.",
            headers: [.retryAfter: "1"])
    }

    private static let claimRounds = 20
    /// The oldest are looked at together: all but one of those who claim at once find the first ones taken.
    private static let claimCandidates = 10

    private func change(
        _ deployment: Deployment, _ posted: PostedChange, from statuses: [Status], by identity: Identity,
        token: String = Hex.random(bytes: 12), idempotency: Idempotency? = nil
    ) throws -> Changed {
        let allowed = statuses.map { "\($0.rawValue)," }.joined()
        let reply = try commit(
            Self.changing, deployment.taxonomy, idempotency: idempotency,
            arguments: [
                deployment.id, posted.status?.rawValue ?? "", "," + allowed, posted.notes ?? "", posted.address ?? "",
                token, identity.authorship, idempotency?.digest ?? "", idempotency == nil ? "" : "claim",
            ])
        let outcome = try outcome(reply)
        let others = reply.dropFirst(3).compactMap(\.string)
        let skipped = stride(from: 0, to: others.count - 1, by: 2).map { (id: others[$0], version: others[$0 + 1]) }
        return Changed(deployment: outcome.deployment, word: outcome.word, skipped: skipped)
    }

    /// 409: the status does not allow it.
    static func conflict(_ deployment: Deployment, _ status: Status?) -> Problem {
        let successors = deployment.status.successors
        let possible = successors.isEmpty ? "nothing else any more" : Status.choice(of: successors)
        return Problem(
            .conflict,
            "The deployment is \(deployment.status.rawValue) and cannot become \(status?.rawValue ?? "that"); it can become "
                + "\(possible).")
    }

    /// Arguments: id, status (empty: as it is), those from which it can be reached, notes, address (both
    /// as JSON; empty: as they are), what tells this change from every other, author, digest of the request, and whether
    /// it is a claim, which has to find another status than its own.
    private static let changing = QueueScript.make(
        """
        local id, status, allowed, notes, address, token = unpack(args)
        local author, digest, claim = args[7], args[8], args[9]

        -- Compares by bytes: Lua's own order of strings is that of the server's locale.
        local function is_higher(one, other)
          for position = 1, math.min(#one, #other) do
            local left, right = string.byte(one, position), string.byte(other, position)
            if left ~= right then return left > right end
          end
          return #one > #other
        end

        local function skip_older(record, time, reply)
          local older = redis.call(
            'ZRANGEBYSCORE', index_key(2, 'scheduled'), '-inf', '(' .. record[SEQUENCE], 'LIMIT', '0',
            '\(QueueScript.scheduledBound)')
          if #older == 0 then return end
          local ids, entries = {}, {}
          for position, text in ipairs(redis.call('HMGET', RECORDS, unpack(older))) do
            local other, sibling = older[position], parse(text)
            if sibling and (record[PRECEDENCE] == '' or not is_higher(sibling[PRECEDENCE], record[PRECEDENCE])) then
              sibling[STATUS], sibling[UPDATED], sibling[CHANGE] = 'skipped', time, token
              save(other, sibling)
              note(other, time, author, status_change('scheduled', 'skipped') .. ',"skipped_by":"' .. id .. '"')
              for _, trigger in ipairs({'', sibling[TRIGGER]}) do
                ids[trigger], entries[trigger] = ids[trigger] or {}, entries[trigger] or {}
                table.insert(ids[trigger], other)
                table.insert(entries[trigger], sibling[SEQUENCE])
                table.insert(entries[trigger], other)
              end
              reply[#reply + 1] = other
              reply[#reply + 1] = sibling[VERSION]
            end
          end
          for group = 1, groups do
            if ids[triggers[group]] then
              redis.call('ZREM', index_key(group, 'scheduled'), unpack(ids[triggers[group]]))
              redis.call('ZADD', index_key(group, 'skipped'), unpack(entries[triggers[group]]))
            end
          end
          if ids[''] then count('skipped', #ids['']) end
        end

        -- The journal may lack what the same change has skipped: whoever made it may have died before it could append.
        local function touch_skipped(record)
          if ARGV[1] == '' or record[STATUS] ~= 'deployed' or record[CHANGE] == '' then return end
          local older = redis.call(
            'ZREVRANGEBYSCORE', index_key(2, 'skipped'), '(' .. record[SEQUENCE], '-inf', 'LIMIT', '0',
            '\(QueueScript.scheduledBound + QueueScript.reserve)')
          if #older == 0 then return end
          for position, text in ipairs(redis.call('HMGET', RECORDS, unpack(older))) do
            local sibling = parse(text)
            if sibling and sibling[CHANGE] == record[CHANGE] then touch(older[position]) end
          end
        end

        local record = load(id)
        if not record then return {'missing'} end
        if record[CHANGE] == token then
          touch(id)
          touch_skipped(record)
          remember(digest, id)
          return {status ~= '' and 'moved' or 'changed', id, table.concat(record, '\\n')}
        end
        local before = repeated(digest)
        if before then return before end
        local old = record[STATUS]
        if status == '' then status = old end
        if status == old and claim ~= '' or status ~= old and not string.find(allowed, ',' .. old .. ',', 1, true) then
          return {'conflict', id, table.concat(record, '\\n')}
        end
        if status == 'scheduled' and old ~= status and not has_room() then return {'full'} end

        local changes = {}
        if status ~= old then changes[1] = status_change(old, status) end
        local function replace(line, name, value)
          if value == '' or value == record[line] then return end
          changes[#changes + 1] = '"' .. name .. '":{"from":' .. record[line] .. ',"to":' .. value .. '}'
          record[line] = value
        end
        replace(NOTES, 'notes', notes)
        replace(ADDRESS, 'deployment_uri', address)
        if #changes == 0 then
          touch(id)
          touch_skipped(record)
          return {'unchanged', id, table.concat(record, '\\n')}
        end

        local time = next_sequence()
        record[UPDATED], record[CHANGE] = time, token
        if status ~= old then move(id, record, status, time) end
        save(id, record)
        note(id, time, author, table.concat(changes, ','))
        remember(digest, id)
        local reply = {status ~= old and 'moved' or 'changed', id, table.concat(record, '\\n')}
        if status == 'deployed' and old ~= status then skip_older(record, time, reply) end
        return reply
        """)
}
