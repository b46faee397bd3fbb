/// The keys of the deployer, without the prefix. They share a hash tag: each script touches several of them.
enum JobKeys {
    private static let tag = "{deployer}"

    /// The deployments that a host's runner is to carry out, newest first.
    static func jobs(_ host: String) -> String { "\(tag):jobs:\(host)" }
    /// The one that it is at.
    static func taken(_ host: String) -> String { "\(tag):jobs:\(host):taken" }
    /// A deployment: a hash.
    static func job(_ id: String) -> String { "\(tag):job:\(id)" }
    /// Its log: a list of `<number>\t<line>`, newest first.
    static func log(_ id: String) -> String { "\(tag):job:\(id):log" }
    /// The right to change a service on a host: `<fencing token> <holder>`, until it expires.
    static func lease(_ host: String, _ service: String) -> String { "\(tag):lease:\(host):\(service)" }
    /// The last fencing token.
    static let fence = "\(tag):fence"
    /// The deployments of a service that are not finished, in the order of their turns.
    static func active(_ service: String) -> String { "\(tag):active:\(service)" }
    /// All deployments, or those of a service, by the time they were asked for.
    static func index(_ service: String? = nil) -> String { service.map { "\(tag):index:\($0)" } ?? "\(tag):index" }
    /// The deployment that a body has begun, for as long as the same one again is a replay.
    static func seen(_ digest: String) -> String { "\(tag):seen:\(digest)" }
    /// The good versions of a service on a host, newest first: what runs there is the first.
    static func good(_ host: String, _ service: String) -> String { "\(tag):good:\(host):\(service)" }
    /// When each host's runner was there last, in milliseconds.
    static let runners = "\(tag):runners"
}
