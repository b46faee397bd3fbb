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

    /// Makes a copy of the newest deployed one that is neither what is replaced, nor what that is a copy of, nor what that
    /// has replaced, and so on, where that was a rollback itself.
    ///
    /// - Parameters:
    ///   - version: that of the one to go back to; nil for the newest, whatever its version is.
    ///   - limit: how many the organisation may make in a day (UTC).
    /// - Returns: the copy, whether it is a new one, and what became of a given deployment.
    /// - Throws: `Problem` 404 where there is nothing to go back to, 409 where the status of the given one does not allow
    ///   it; `StoreError`.
    func rollBack(
        _ replaced: Replaced, to version: String?, by identity: Identity, limit: Int, idempotency: Idempotency
    ) throws -> (deployment: Deployment, isNew: Bool, rolledBack: Deployment?) {
        let now = Timestamp.microsecondsNow
        let (taxonomy, given, status): (Taxonomy, String, Status) =
            switch replaced {
            case .current(let taxonomy): (taxonomy, "", .scheduled)
            case .deployment(let deployment): (deployment.taxonomy, deployment.id, .inProgress)
            }
        let reply = try commit(
            Self.rollback, taxonomy, idempotency: idempotency,
            arguments: [
                Self.newID(), String(now), Self.day(now), String(limit), idempotency.digest, identity.authorship,
                identity.creation, version ?? "", given, status.rawValue,
                "," + Status.replaceable.map { "\($0.rawValue)," }.joined(),
            ])
        if reply.first?.string == "none" { throw Self.nothing(to: version) }
        let outcome = try outcome(reply)
        if outcome.word == "conflict" {
            throw Problem(
                .conflict,
                "The deployment is \(outcome.deployment.status.rawValue); only one that is "
                    + "\(Status.choice(of: Status.replaceable)) can be rolled back.")
        }
        let rolledBack = reply.count > 4 ? reply[4].bytes.flatMap { Deployment(id: given, record: $0) } : nil
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

    /// Arguments: id, microseconds now, day, limit of a day, digest of the request, author, members about the creation,
    /// version, the given deployment (empty: the current one), status of the new one, and those of the given one that allow
    /// it.
    private static let rollback = QueueScript.make(
        """
        local id, now, day, limit, digest, author, creation = unpack(args)
        local version, given, status, allowed = args[8], args[9], args[10], args[11]
        local known = redis.call('HGET', RECORDS, id)
        if known then return {'created', id, known, '1'} end
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

        -- A rollback of a rollback goes back further: to nothing that those before it have replaced or were copies of.
        local excluded, name, link = {}, from, replaced
        for _ = 1, \(lineageBound) do
          excluded[name], excluded[link[SOURCE]] = true, true
          name = link[REPLACED]
          link = load(name)
          if not link then break end
        end

        local function is_source(candidate)
          if excluded[candidate] then return nil end
          local record = load(candidate)
          if record and (version == '' or record[VERSION] == version) then return record end
        end
        local record, source
        for first = 0, \(sourceBound), 100 do
          local candidates = redis.call('ZREVRANGE', SOURCES, first, first + 99)
          for _, candidate in ipairs(candidates) do
            record, source = is_source(candidate), candidate
            if record then break end
          end
          if record or #candidates < 100 then break end
        end
        if not record then return {'none'} end
        if status == 'scheduled' and not has_room() then return {'full'} end
        if not admit(day, limit) then return {'limit'} end

        local rolled_back = ''
        if given ~= '' then
          local old, time = replaced[STATUS], next_sequence(now)
          replaced[UPDATED] = time
          move(from, replaced, 'rolled_back', time)
          save(from, replaced)
          note(from, time, author, status_change(old, 'rolled_back') .. ',"rolled_back_by":"' .. id .. '"')
          rolled_back = table.concat(replaced, '\\n')
        end
        record[SEQUENCE] = next_sequence(now)
        record[UPDATED], record[STATUS], record[TRIGGER] = record[SEQUENCE], status, 'rollback'
        record[SOURCE], record[REPLACED], record[CHANGE] = source, from, ''
        record[NOTES], record[ADDRESS], record[CREATION] = 'null', 'null', creation
        add(id, record, author, ',"source_deployment_id":"' .. source .. '","rollback_from_deployment_id":"' .. from .. '"')
        count('rollbacks|' .. record[PROVIDER])
        remember(digest, id)
        return {'created', id, table.concat(record, '\\n'), '1', rolled_back}
        """)

    /// Deployments that are looked at for one to go back to.
    private static let sourceBound = 999
    /// Rollbacks of rollbacks that are followed back.
    private static let lineageBound = 100
}
