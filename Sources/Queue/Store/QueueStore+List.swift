import Dragonfly
import Essentials
import Web

/// Which deployments are looked for.
struct ListFilter: Equatable {
    /// Those with this status; nil for any.
    var status: Status?
    /// Those with these values.
    var values: [Facet: String] = [:]
}

extension QueueStore {
    /// An order in which deployments are listed.
    enum Order: String {
        case newestFirst, oldestFirst
    }

    /// A part of a list.
    struct Page {
        /// Its deployments.
        let deployments: [Deployment]
        /// Behind which sequence it goes on; nil at the end of the list.
        let next: Int64?
    }

    /// Deployments that one script looks at, at most, and how many scripts one page may take. A page that has taken as many
    /// ends before it is full: what it has not found yet is on the next ones.
    private static let scanBound = 1000
    private static let scriptBound = 20
    /// Bytes of records after which a script looks at no more of them, and a page ends.
    private static let byteBound = 4 << 20
    /// Records that a script reads at once: a page of the usual size, and one more to see whether another follows.
    private static let readBound = 128

    /// Lists deployments. Where one value is asked for, or the whole taxonomy, that costs one look into the index; where
    /// several are, the rarest of them is looked up, and what it finds is looked for in the groups of the others.
    ///
    /// - Parameters:
    ///   - cursor: behind which sequence the list begins.
    ///   - limit: at most so many.
    func list(
        _ filter: ListFilter, order: Order = .newestFirst, after cursor: Int64? = nil, limit: Int
    ) throws(StoreError) -> Page {
        let groups = try groups(filter)
        let index = groups.map { keys.index(filter.status, $0) }
        let scan = groups.count == 1 ? limit + 1 : Self.scanBound
        var found: [Deployment] = []
        var bytes = 0
        var bound = cursor.map { "(\($0)" } ?? (order == .newestFirst ? "+inf" : "-inf")
        for _ in 0..<Self.scriptBound {
            let reply = try store.evaluate(
                Self.selection, keys: ([keys.records] + index).map(store.key),
                arguments: [order.rawValue, bound, String(limit + 1 - found.count), String(scan)].map { Array($0.utf8) }
            ).array
            for position in stride(from: 1, to: reply.count - 1, by: 2) {
                guard let id = reply[position].string, let record = reply[position + 1].bytes,
                    let deployment = Deployment(id: id, record: record)
                else { continue }
                found.append(deployment)
                bytes += record.count
            }
            if found.count > limit {
                found.removeLast(found.count - limit)
                return Page(deployments: found, next: found.last?.sequence)
            }
            guard let last = reply.first?.integer else { return Page(deployments: found, next: nil) }
            bound = "(\(last)"
            if bytes >= Self.byteBound { break }
        }
        return Page(deployments: found, next: Int64(bound.dropFirst()))
    }

    /// The groups whose deployments are looked for: one to look in, and those that they have to be of as well, the rarest
    /// first.
    private func groups(_ filter: ListFilter) throws(StoreError) -> [Group] {
        let values = filter.values
        if Facet.ofTaxonomy.allSatisfy({ values[$0] != nil }) {
            let taxonomy = Group.taxonomy(Taxonomy { values[$0] ?? "" }.digest)
            return [taxonomy] + (values[.trigger].map { [.facet(.trigger, $0)] } ?? [])
        }
        let groups = Facet.allCases.compactMap { facet in values[facet].map { Group.facet(facet, $0) } }
        guard groups.count > 1 else { return groups.isEmpty ? [.all] : groups }
        let sizes = try store.run(groups.map { Command("ZCARD", store.key(keys.index(filter.status, $0))) })
        return zip(groups, sizes).sorted { ($0.1.integer ?? 0) < ($1.1.integer ?? 0) }.map(\.0)
    }

    /// Keys: records, the group to look in, those that deployments have to be of as well. Arguments: order, where to begin,
    /// how many to find, how many to look at.
    ///
    /// Returns where to go on (empty: there is no more), then ids and records.
    private static let selection = Script(
        """
        local unpack = table.unpack or unpack
        local order, bound, wanted, left = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
        local result, found, bytes = {''}, 0, 0

        -- Those of the ids that are of a group.
        local function of_group(key, ids)
          if #ids == 0 then return ids end
          local kept = {}
          for position, score in ipairs(redis.call('ZMSCORE', key, unpack(ids))) do
            if score then kept[#kept + 1] = ids[position] end
          end
          return kept
        end

        while left > 0 and found < wanted and bytes < \(byteBound) do
          local count = math.min(left, \(readBound), #KEYS == 2 and wanted - found or left)
          local ids
          if order == 'newestFirst' then
            ids = redis.call('ZREVRANGEBYSCORE', KEYS[2], bound, '-inf', 'LIMIT', '0', string.format('%d', count))
          else
            ids = redis.call('ZRANGEBYSCORE', KEYS[2], bound, '+inf', 'LIMIT', '0', string.format('%d', count))
          end
          local looked, final = #ids, ids[#ids]
          for key = 3, #KEYS do ids = of_group(KEYS[key], ids) end
          local is_whole, last, last_id = true, nil, nil
          if #ids > 0 then
            for position, record in ipairs(redis.call('HMGET', KEYS[1], unpack(ids))) do
              if found >= wanted or bytes >= \(byteBound) then
                is_whole = false
                break
              end
              local sequence = record and string.match(record, '^%d+')
              if sequence then
                last, last_id = sequence, ids[position]
                found, bytes = found + 1, bytes + #record
                result[#result + 1] = last_id
                result[#result + 1] = record
              end
            end
          end
          if is_whole and looked < count then
            result[1] = ''
            return result
          end
          -- It goes on behind the last one that was looked at, which need not be one that was found.
          if is_whole and last_id ~= final then
            last = string.format('%d', tonumber(redis.call('ZSCORE', KEYS[2], final)))
          end
          result[1], bound = last, '(' .. last
          left = left - looked
        end
        return result
        """, returning: .array)
}
