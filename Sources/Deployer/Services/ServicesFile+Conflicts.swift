extension ServicesFile {
    /// What two services on one host cannot share: each would undo what the other has done.
    ///
    /// - Returns: a sentence for each service that shares something with one that stands before it.
    static func conflicts(of services: [Service]) -> [String] {
        var owners: [Claim: String] = [:]
        var problems: [String] = []
        for service in services {
            // (What is missing is empty, and noted already; so is what a service's own slots share.)
            for (place, thing) in service.claims where !thing.contains("") {
                // The first host tells; the others would say the same again.
                let clash = service.hosts.lazy.compactMap { host -> (owner: String, host: String)? in
                    owners[Claim(host: host, thing: thing)].map { ($0, host) }
                }.first { $0.owner != service.name }
                if let clash {
                    problems.append(
                        "services.\(service.name).\(place): is that of services.\(clash.owner), on host \(clash.host)")
                }
                for host in service.hosts { owners[Claim(host: host, thing: thing)] = service.name }
            }
        }
        return problems
    }

    private struct Claim: Hashable {
        let host: String
        let thing: [String]
    }
}

extension Service {
    /// What belongs to the service alone on each of its hosts, with its place in the file.
    fileprivate var claims: [(place: String, thing: [String])] {
        switch strategy {
        case .swap(let compose): [("compose", ["compose", compose.file, compose.service])]
        case .blueGreen(let pair):
            BlueGreen.Slot.allCases.flatMap { slot in
                let side = pair[slot]
                return [
                    ("slots.\(slot).service", ["compose", side.compose.file, side.compose.service]),
                    ("slots.\(slot).upstream", ["upstream", side.upstream]),
                ]
            } + [("caddy.upstream_file", ["file", pair.caddy.upstreamFile])]
        case .script: []
        }
    }
}
