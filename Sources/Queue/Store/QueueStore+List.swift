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
    /// several are, the rarest of them is looked up, and what it finds is compared with the rest.
    ///
    /// - Parameters:
    ///   - cursor: behind which sequence the list begins.
    ///   - limit: at most so many.
    func list(
        _ filter: ListFilter, order: Order = .newestFirst, after cursor: Int64? = nil, limit: Int
    ) throws(StoreError) -> Page {
        let (group, rest) = try narrowest(filter)
        let conditions = rest.flatMap { facet, value in [String(facet.line.rawValue + 1), value] }
        let scan = rest.isEmpty ? limit + 1 : Self.scanBound
        var found: [Deployment] = []
        var bytes = 0
        var bound = cursor.map { "(\($0)" } ?? (order == .newestFirst ? "+inf" : "-inf")
        for _ in 0..<Self.scriptBound {
            let reply = try store.evaluate(
                Self.selection, keys: [keys.index(filter.status, group), keys.records].map(store.key),
                arguments: ([order.rawValue, bound, String(limit + 1 - found.count), String(scan)] + conditions)
                    .map { Array($0.utf8) }
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

    /// The group of the index to look in, and what its deployments have to be compared with.
    private func narrowest(_ filter: ListFilter) throws(StoreError) -> (group: Group, rest: [(Facet, String)]) {
        var values = filter.values
        if Facet.ofTaxonomy.allSatisfy({ values[$0] != nil }) {
            let taxonomy = Taxonomy { values[$0] ?? "" }
            return (.taxonomy(taxonomy.digest), values[.trigger].map { [(.trigger, $0)] } ?? [])
        }
        let facets = Facet.allCases.filter { values[$0] != nil }
        guard let first = facets.first else { return (.all, []) }
        var rarest = first
        if facets.count > 1 {
            let sizes = try store.run(
                facets.map { Command("ZCARD", store.key(keys.index(filter.status, .facet($0, values[$0] ?? "")))) })
            rarest = zip(facets, sizes).min { ($0.1.integer ?? 0) < ($1.1.integer ?? 0) }?.0 ?? first
        }
        let value = values.removeValue(forKey: rarest) ?? ""
        return (.facet(rarest, value), facets.compactMap { facet in values[facet].map { (facet, $0) } })
    }

    /// Keys: index, records. Arguments: order, where to begin, how many to find, how many to look at, then lines and the
    /// values that they have to have.
    ///
    /// Returns where to go on (empty: there is no more), then ids and records.
    private static let selection = Script(
        """
        local unpack = table.unpack or unpack
        local order, bound, wanted, left = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
        local result, found, bytes = {''}, 0, 0

        local function fits(record)
          if #ARGV == 4 then return true end
          local list = {string.match(record, '\(linePattern)')}
          for position = 5, #ARGV, 2 do
            if list[tonumber(ARGV[position])] ~= ARGV[position + 1] then return false end
          end
          return true
        end

        while left > 0 and found < wanted and bytes < \(byteBound) do
          local count = math.min(left, \(readBound), #ARGV == 4 and wanted - found or left)
          local ids
          if order == 'newestFirst' then
            ids = redis.call('ZREVRANGEBYSCORE', KEYS[1], bound, '-inf', 'LIMIT', '0', string.format('%d', count))
          else
            ids = redis.call('ZRANGEBYSCORE', KEYS[1], bound, '+inf', 'LIMIT', '0', string.format('%d', count))
          end
          if #ids == 0 then
            result[1] = ''
            return result
          end
          local last
          for position, record in ipairs(redis.call('HMGET', KEYS[2], unpack(ids))) do
            local sequence = record and string.match(record, '^%d+')
            if sequence and found < wanted and bytes < \(byteBound) then
              last = sequence
              bytes = bytes + #record
              if fits(record) then
                found = found + 1
                result[#result + 1] = ids[position]
                result[#result + 1] = record
              end
            end
          end
          -- None of them can be read: it goes on behind them all the same.
          last = last or string.format('%d', tonumber(redis.call('ZSCORE', KEYS[1], ids[#ids])))
          result[1] = last
          if #ids < count and found < wanted and bytes < \(byteBound) then
            result[1] = ''
            return result
          end
          left = left - #ids
          bound = '(' .. last
        end
        return result
        """)

    /// Takes the lines of a record apart, as far as facets go.
    private static let linePattern =
        "^"
        + (0...(Facet.allCases.map(\.line.rawValue).max() ?? 0)).map { _ in "([^\\n]*)" }.joined(separator: "\\n")
}
