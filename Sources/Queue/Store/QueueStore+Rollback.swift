import Dragonfly
import Essentials
import Web

extension QueueStore {
    /// What is to be replaced by an earlier deployment.
    enum Replaced {
        /// What was deployed last of a taxonomy. The rollback is scheduled.
        case current(Taxonomy)
        /// A given deployment: it is rolled back, and the rollback in progress.
        case deployment(Deployment)
    }

    /// Makes a copy of the newest deployed one, in place of another: not of that one, of a copy of it, or of what a rollback
    /// has replaced or was meant to. Instead of a deployed one only what was deployed before it is taken.
    ///
    /// - Parameters:
    ///   - id: that of the copy; the same one again makes no other.
    ///   - version: that of the one to go back to; nil for the newest, whatever its version is.
    ///   - limit: how many rollbacks the organisation may make in a day (UTC).
    /// - Returns: the copy, whether it is a new one, and what became of a given deployment.
    /// - Throws: `Problem` 404 where there is nothing to go back to, 409 where the status of the given one does not allow
    ///   it; `StoreError`.
    func rollBack(
        _ replaced: Replaced, id: String = newID(), to version: String?, by identity: Identity, limit: Int,
        idempotency: Idempotency
    ) throws -> (deployment: Deployment, isNew: Bool, rolledBack: Deployment?) {
        let (taxonomy, given, status): (Taxonomy, String, Status) =
            switch replaced {
            case .current(let taxonomy): (taxonomy, "", .scheduled)
            case .deployment(let deployment): (deployment.taxonomy, deployment.id, .inProgress)
            }
        let reply = try commit(
            Self.rollback, taxonomy, idempotency: idempotency,
            arguments: [
                id, String(limit), idempotency.digest, identity.authorship, identity.creation, version ?? "", given,
                status.rawValue, "," + Status.replaceable.map { "\($0.rawValue)," }.joined(),
            ])
        if reply.first?.string == "none" { throw Self.nothing(to: version) }
        let outcome = try outcome(reply)
        if outcome.word == "conflict" {
            throw Problem(
                .conflict,
                "The deployment is \(outcome.deployment.status.rawValue); only one that is "
                    + "\(Status.choice(of: Status.replaceable)) can be rolled back.")
        }
        let rolledBack = reply.count > 3 ? reply[3].bytes.flatMap { Deployment(id: given, record: $0) } : nil
        return (outcome.deployment, outcome.word == "created", rolledBack)
    }

    private static func nothing(to version: String?) -> Problem {
        guard let version else {
            return Problem(
                .notFound,
                "No earlier deployment that was deployed is left to go back to; create a new deployment instead.")
        }
        return Problem(
            .notFound,
            "No earlier deployment of version \(version) that was deployed is left to go back to; take another "
                + "target_version, or create a new deployment instead.")
    }

    /// Arguments: id, limit of a day, digest of the request, author, members about the creation, version, the given
    /// deployment (empty: the current one), status of the new one, and those of the given one that allow it.
    private static let rollback = QueueScript.make(
        """
        local id, limit, digest, author, creation, version = unpack(args)
        local given, status, allowed = args[7], args[8], args[9]
        local known = redis.call('HGET', RECORDS, id)
        if known then
          touch(id)
          if given ~= '' then touch(given) end
          remember(digest, id)
          return {'created', id, known}
        end
        local before = repeated(digest)
        if before then return before end
        local from = given
        if from == '' then from = redis.call('ZREVRANGE', SOURCES, 0, 0)[1] end
        if not from then return {'none'} end
        local replaced = load(from)
        if not replaced then return {'missing'} end
        if given ~= '' and not string.find(allowed, ',' .. replaced[STATUS] .. ',', 1, true) then
          return {'conflict', from, table.concat(replaced, '\\n')}
        end

        local excluded, first = {}, 0
        each_replaced(replaced, function(other, record) excluded[origin(other, record)] = true end)
        if given ~= '' or version == '' then
          -- One that was deployed is taken back with all copies of it. A rollback that never was may be tried again.
          local rank = redis.call('ZREVRANK', SOURCES, from)
          if rank then
            excluded[origin(from, replaced)] = true
            first = rank + 1
          end
        end
        local function is_source(candidate)
          local record = load(candidate)
          if not record or version ~= '' and record[VERSION] ~= version then return nil end
          local own = origin(candidate, record)
          if excluded[own] or redis.call('SISMEMBER', ABANDONED, own) == 1 then return nil end
          return record
        end
        local record, source
        for start = first, first + \(sourceBound), 100 do
          local candidates = redis.call(
            'ZREVRANGE', SOURCES, string.format('%d', start), string.format('%d', start + 99))
          for _, candidate in ipairs(candidates) do
            record, source = is_source(candidate), candidate
            if record then break end
          end
          if record or #candidates < 100 then break end
        end
        if not record then return {'none'} end
        if status == 'scheduled' and not has_room(\(QueueScript.reserve)) then return {'full'} end
        if not admit('rolled_back', limit) then return {'limit'} end

        local rolled_back = ''
        if given ~= '' then
          local old, time = replaced[STATUS], next_sequence()
          replaced[UPDATED] = time
          move(from, replaced, 'rolled_back', time)
          save(from, replaced)
          note(from, time, author, status_change(old, 'rolled_back') .. ',"rolled_back_by":"' .. id .. '"')
          rolled_back = table.concat(replaced, '\\n')
        end
        record[ORIGIN] = origin(source, record)
        record[SEQUENCE] = next_sequence()
        record[UPDATED], record[STATUS], record[TRIGGER] = record[SEQUENCE], status, 'rollback'
        record[SOURCE], record[REPLACED], record[CHANGE] = source, from, ''
        record[NOTES], record[ADDRESS], record[CREATION] = 'null', 'null', creation
        add(id, record, author, ',"source_deployment_id":"' .. source .. '","rollback_from_deployment_id":"' .. from .. '"')
        count('rollbacks|' .. record[PROVIDER])
        remember(digest, id)
        return {'created', id, table.concat(record, '\\n'), rolled_back}
        """)

    /// Deployments that are looked at for one to go back to.
    private static let sourceBound = 999
}
