import Essentials

/// JSON with deploys in it, complete but for their ages: put together once for a revision of the ring, and answered
/// with the ages of the moment.
struct AgedJSON {
    private let bytes: [UInt8]
    private let ages: [(offset: Int, deployedAt: Int64)]

    /// Notes where ages go while JSON is written.
    final class Ages {
        fileprivate var list: [(offset: Int, deployedAt: Int64)] = []

        /// Writes a deploy, its age left open.
        func write(_ event: DeployEvent, to json: inout JSONWriter) {
            json.object { object in
                event.writeHead(&object)
                object.key("age_s")
                list.append((object.bytes.count, event.deployedAt.milliseconds))
                object.raw(EmptyCollection())
                event.writeTail(&object)
            }
        }
    }

    /// Writes one object, with deploys by way of the `Ages` that its members are given.
    init(_ members: (inout JSONWriter, Ages) -> Void) {
        let ages = Ages()
        bytes = JSONWriter.object(capacity: 4096) { members(&$0, ages) }
        self.ages = ages.list
    }

    /// The text at a time. An age is never negative.
    func text(at now: Timestamp) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count + ages.count * 8)
        var from = 0
        for age in ages {
            text.append(contentsOf: bytes[from..<age.offset])
            text.append(decimal: max(0, now.milliseconds - age.deployedAt) / 1000)
            from = age.offset
        }
        text.append(contentsOf: bytes[from...])
        return text
    }
}
