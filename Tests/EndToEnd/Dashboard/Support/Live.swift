import Foundation
import TestSupport

extension Dashboard {
    /// The requests of the lines that the page shows, in their order; a line of none has no part in it.
    var requestIDs: [String] {
        get throws {
            try browser.run(
                "return [...document.querySelectorAll('.lines .links .request')].map(each => each.dataset.request)"
            ).list.compactMap(\.text)
        }
    }

    /// The events that the page shows, in their order.
    var eventIDs: [Int] {
        get throws {
            try browser.run(
                "return [...document.querySelectorAll('.happenings .row')].map(each => Number(each.dataset.event))"
            ).list.compactMap(\.integer)
        }
    }

    /// Chooses a value of the select that a label belongs to.
    ///
    /// - Throws: `TestSupportError` if there is none.
    func choose(_ value: String, label: String) throws {
        try browser.run(
            """
            const label = [...document.querySelectorAll('label')].find(each => each.firstChild.data === \(JSON.quoted(label)));
            const select = label.querySelector('select');
            select.value = \(JSON.quoted(value));
            select.dispatchEvent(new Event('change'));
            """)
    }
}

extension Origin {
    /// Puts lines into the log ring in one step, with ids that follow each other, and come after those that are there.
    ///
    /// - Parameter fields: the members of each line beside its id and time; a number's place is held by `#`.
    func write(lines count: Int = 1, from first: Int = 0, line fields: [String: String]) throws {
        try write(count, first, members(of: fields), logRing, "999")
    }

    /// Puts lines into the ring of Caddy's access log, likewise.
    func write(caddy count: Int, from first: Int = 0, line fields: [String: String]) throws {
        try write(count, first, members(of: fields), store.key("{telemetry}:caddy"), "999")
    }

    private func members(of fields: [String: String]) -> String {
        let members =
            [("level", fields["level"] ?? "info")] + fields.filter { $0.key != "level" }.sorted { $0.key < $1.key }
        return members.map { "\(JSON.quoted($0.0)):\(JSON.quoted($0.1))" }.joined(separator: ",")
    }

    /// Puts events into their ring, likewise.
    func write(events count: Int = 1, from first: Int = 0, event type: String, _ data: [String: String]) throws {
        let members = data.map { "\(JSON.quoted($0.key)):\(JSON.quoted($0.value))" }.joined(separator: ",")
        try write(count, first, "\"type\":\(JSON.quoted(type)),\"data\":{\(members)}", eventRing, "499")
    }

    private func write(_ count: Int, _ first: Int, _ members: String, _ ring: String, _ last: String) throws {
        let time = Date().formatted(.iso8601)
        let now = String(Int(Date().timeIntervalSince1970 * 1_000_000))
        // As chimney's own script gives them: later ones of its own come after these.
        try store.run(
            "EVAL",
            """
            local id = math.max(tonumber(ARGV[1]), tonumber(redis.call('GET', KEYS[2]) or '0'))
            for number = tonumber(ARGV[2]), tonumber(ARGV[2]) + tonumber(ARGV[3]) - 1 do
              id = id + 1
              redis.call('LPUSH', KEYS[1], '{"id":' .. string.format('%d', id) .. ',"time":"' .. ARGV[4] .. '",' ..
                string.gsub(ARGV[5], '#', tostring(number)) .. '}')
            end
            redis.call('LTRIM', KEYS[1], 0, tonumber(ARGV[6]))
            redis.call('SET', KEYS[2], string.format('%d', id))
            return 1
            """, "2", ring, store.key("{telemetry}:last_id"), now, String(first), String(count), time, members, last)
    }
}
