import Essentials

/// The runner takes nothing on trust that the store holds: what it runs follows from its own services file, and a call may
/// only have chosen among that.
extension Job {
    /// What of the deployment its service does not allow; nil for nothing.
    func mistake(for service: Service) -> String? {
        if !(sha.isEmpty && kind == .rollback), !TextRule.commit.accepts(sha) { return "sha is no commit" }
        if let tag = self[.tag], !ImageName.isTag(Substring(tag)) { return "tag is none that an image can have" }
        if let url = self[.healthURL] {
            let known = ProbeURL.every(url, upstreams: service.strategy.upstreams)
            let hosts = service.healthHosts.map { $0.lowercased() }
            guard !known.isEmpty, known.allSatisfy({ hosts.contains($0.host) }) else {
                return "health_url is on no host that it allows"
            }
        }
        if let version = self[.version], GoodVersion(version)?.isAllowed(for: service) != true {
            return "version is none of its image"
        }
        guard let before = self[.before] else { return nil }
        let isKnown =
            switch service.strategy {
            case .swap: GoodVersion.isDigest(before)
            case .blueGreen: BlueGreen.Slot(rawValue: before) != nil
            case .script: TextRule.commit.accepts(before)
            }
        return isKnown ? nil : "before is nothing that can have run"
    }
}

extension GoodVersion {
    /// Whether the services file allows it: an image of the service's name by its digest, or nothing but a commit where a
    /// program of the operator's does it all.
    func isAllowed(for service: Service) -> Bool {
        guard imageID.isEmpty || Self.isDigest(imageID) else { return false }
        if case .script = service.strategy {
            return reference.isEmpty && (sha.isEmpty || TextRule.commit.accepts(sha))
        }
        let prefix = "\(service.image)@"
        return (sha.isEmpty || TextRule.commit.accepts(sha)) && reference.hasPrefix(prefix)
            && Self.isDigest(String(reference.dropFirst(prefix.count)))
    }

    /// `sha256:` and 64 hexadecimal digits, as registries and docker know an image.
    static func isDigest(_ text: String) -> Bool {
        let prefix = "sha256:"
        return text.hasPrefix(prefix) && text.utf8.count == prefix.utf8.count + 64
            && text.utf8.dropFirst(prefix.utf8.count).allSatisfy(\.isHexDigit)
    }
}
