import Dragonfly
import Essentials
import Web

extension QueueStore {
    /// Adds a deployment.
    ///
    /// - Parameters:
    ///   - id: its id; the same one again adds nothing.
    ///   - limit: how many the organisation may make in a day (UTC).
    /// - Returns: the deployment, and whether it is a new one: not where the request was answered before.
    /// - Throws: `Problem` where it cannot be added, `StoreError`.
    func create(
        _ posted: PostedDeployment, id: String = newID(), by identity: Identity, limit: Int, idempotency: Idempotency
    ) throws -> (deployment: Deployment, isNew: Bool) {
        let deployment = posted.deployment(id: id, by: identity)
        let reply = try commit(
            Self.creation, posted.taxonomy, idempotency: idempotency,
            arguments: [
                deployment.id, String(decoding: deployment.record, as: UTF8.self), String(limit), idempotency.digest,
                identity.authorship, posted.taxonomy.digest, posted.taxonomy.text,
            ])
        let outcome = try outcome(reply)
        // What is stored is stored: if this fails, the next creation does it.
        if reply.count > 3, reply[3].string == "0" { try? register() }
        return (outcome.deployment, outcome.word == "created")
    }

    /// A UUID that nobody can guess (RFC 9562, version 4).
    static func newID() -> String {
        var digits = Array(Hex.random(bytes: 16).utf8)
        digits[12] = UInt8(ascii: "4")
        digits[16] = Array("89ab".utf8)[Int(digits[16] & 3)]
        for position in [20, 16, 12, 8] { digits.insert(UInt8(ascii: "-"), at: position) }
        return String(decoding: digits, as: UTF8.self)
    }

    /// Arguments: id, record, limit of a day, digest of the request, author, and the taxonomy: its digest and its values.
    private static let creation = QueueScript.make(
        """
        local id, text, limit, digest, author, taxonomy, values = unpack(args)
        local known = redis.call('HGET', RECORDS, id)
        if known then
          touch(id)
          remember(digest, id)
          return {'created', id, known, '0'}
        end
        local before = repeated(digest)
        if before then return before end
        if not has_room() then return {'full'} end
        if redis.call('HEXISTS', TAXONOMIES, taxonomy) == 0 and redis.call('HLEN', TAXONOMIES) >= \(taxonomyBound) then
          return {'taxonomies'}
        end
        if not admit('created', limit) then return {'limit'} end
        local record = lines(text)
        record[SEQUENCE] = next_sequence()
        record[UPDATED] = record[SEQUENCE]
        redis.call('HSET', TAXONOMIES, taxonomy, values)
        add(id, record, author, '')
        remember(digest, id)
        return {'created', id, table.concat(record, '\\n'), redis.call('HGET', META, 'registered') or '0'}
        """)
}
