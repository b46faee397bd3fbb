/// A service that can be deployed, as the services file of every host describes it.
///
/// All that is run follows from it: a call names a service, a version, and at most a health URL on a host that it allows.
struct Service: Equatable, Sendable {
    /// How a new version takes the place of the old one.
    enum Strategy: Equatable, Sendable {
        /// Stop it, start it with the new image.
        case swap(Compose)
        /// Start the other slot, have Caddy switch to it, stop the first.
        case blueGreen(BlueGreen)
        /// A program of the operator's does it all. Its one argument is the commit.
        case script(path: String)
    }

    /// What it is called, in calls and in the deploy record.
    let name: String
    /// The hosts that it runs on, in the order in which they are deployed to.
    let hosts: [String]
    /// Its image without a tag: `ghcr.io/acme/app`.
    let image: String
    /// What clients may call its container.
    let containers: [String]
    /// How it is deployed.
    let strategy: Strategy
    /// When it is healthy.
    let health: Health
    /// Hosts of health URLs that a call may name.
    let healthHosts: [String]
    /// How long what may take.
    let limits: Limits
    /// The organisation whose deployments of the queue it may move; nil for none.
    let organisation: String?
}

/// A service of a compose project.
struct Compose: Equatable, Sendable {
    /// The compose file, an absolute path.
    let file: String
    /// The project's name; nil for the one that docker derives from the file's place.
    let project: String?
    /// The service in it.
    let service: String
}

/// Two services of a compose project, one of which Caddy sends requests to.
struct BlueGreen: Equatable, Sendable {
    /// The names of the slots, in the order in which they are tried first.
    enum Slot: String, CaseIterable, Sendable {
        case blue, green

        /// The one that is not this one.
        var other: Slot { self == .blue ? .green : .blue }
    }

    /// One of the two.
    struct Side: Equatable, Sendable {
        /// Its service.
        let compose: Compose
        /// Where it listens, as Caddy dials it: `127.0.0.1:8101`.
        let upstream: String
    }

    /// The first.
    let blue: Side
    /// The second.
    let green: Side
    /// How Caddy is switched.
    let caddy: CaddySwitch
    /// Seconds from the switch until the old slot is stopped.
    let drain: Int

    /// A side by its name.
    subscript(slot: Slot) -> Side { slot == .blue ? blue : green }
}

/// How Caddy is told which slot is live.
struct CaddySwitch: Equatable, Sendable {
    /// The file with the one line `to 127.0.0.1:8101`, which the Caddyfile imports into its `reverse_proxy`.
    let upstreamFile: String
    /// The Caddyfile that Caddy runs with.
    let config: String
    /// The URL of Caddy's administration: `http://127.0.0.1:2019`.
    let admin: String
    /// The file with the variables that Caddy runs with, for placeholders of the Caddyfile such as `{$DOMAIN}`; nil for
    /// none.
    var environmentFile: String?
    /// A URL that Caddy answers from the service, to see that the switch has arrived; nil for none.
    let checkURL: String?
}

/// When a service is healthy. All times are in seconds.
struct Health: Equatable, Sendable {
    /// What is looked at.
    enum Probe: Equatable, Sendable {
        /// What docker says of the container: its health check if it has one, otherwise that it runs.
        case container
        /// A URL that has to answer with 2xx.
        case http(url: String)
    }

    var probe: Probe
    /// For how long failures are those of a service that is starting.
    let startPeriod: Int
    /// From one probe to the next.
    let interval: Int
    /// For how long a probe may take.
    let timeout: Int
    /// For how long the service may take to become healthy.
    let limit: Int
    /// How many probes in a row have to succeed.
    let successes: Int
}

/// How long commands may take, in seconds.
struct Limits: Equatable, Sendable {
    /// The pull of an image.
    let pull: Int
    /// Every other command of docker's and Caddy's.
    let command: Int
    /// The operator's program.
    let script: Int
}
