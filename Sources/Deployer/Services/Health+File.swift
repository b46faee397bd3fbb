extension Health {
    /// What holds where the file is silent.
    static let standard = Health(
        probe: .container, startPeriod: Term.startPeriod.standard, interval: Term.interval.standard,
        timeout: Term.timeout.standard, limit: Term.limit.standard, successes: Term.successes.standard)

    /// Reads `health`.
    ///
    /// - Parameter upstreams: what `{upstream}` stands for; none where it stands for nothing.
    init(_ section: inout FileSection, upstreams: [String]) {
        let url = section.text("url", ProbeURL.rule(upstreams: upstreams))
        let limit = section.number(.limit)
        // A limit that is set lower than what is usual for the others lowers them.
        let most = limit ?? .max
        let startPeriod = section.number(.startPeriod, standard: min(Term.startPeriod.standard, most - 1))
        let interval = section.number(.interval, standard: min(Term.interval.standard, most))
        let timeout = section.number(.timeout, standard: min(Term.timeout.standard, most))
        let successes = section.number(.successes, standard: min(Term.successes.standard, most))
        if let limit {
            if let startPeriod, startPeriod >= limit {
                section.reject(Term.startPeriod.name, "has to be less than limit_s, which is \(limit)")
            }
            for (term, value) in [(Term.interval, interval), (.timeout, timeout)] where value ?? 0 > limit {
                section.reject(term.name, "has to be at most limit_s, which is \(limit)")
            }
            if let successes, let interval, interval <= limit, (successes - 1) * interval > limit {
                section.reject(
                    Term.successes.name, "cannot be reached: so many probes at interval_s take longer than limit_s")
            }
        }
        self.init(
            probe: url.map(Probe.http) ?? .container, startPeriod: startPeriod ?? 0, interval: interval ?? 0,
            timeout: timeout ?? 0, limit: limit ?? 0, successes: successes ?? 0)
    }
}
