import Essentials
import HTTPClient
import HTTPTypes

/// Checks of the collector, and of the servers that are watched over.
enum OutsideChecks {
    static let all = [
        Check(.otlp, "collector", collector),
        Check(.origins, "answer probes", origins),
    ]

    /// Sends each collector an empty request, which it has to accept: a message without fields is no bytes (OTLP
    /// specification, "OTLP/HTTP Request").
    private static func collector(_ examination: Examination) -> Verdict {
        let collectors = examination.subject.collectors
        guard !collectors.isEmpty else { return .skipped("nothing is exported") }
        var results: [(Subject.Collector, Result<HTTPCall.Answer, HTTPCall.Failure>)] = []
        perform(
            collectors.map { collector in
                var call = HTTPCall(.post, collector.url, body: [])
                call.fields[.contentType] = collector.mediaType
                for header in collector.headers {
                    if let name = HTTPField.Name(header.name) { call.fields[name] = header.value }
                }
                return call
            }, examination
        ) { results.append((collectors[$0], $1)) }
        let findings = results.sorted { $0.0.signal < $1.0.signal }.compactMap { judge(collector: $0.0.signal, $0.1) }
        // Three signals mostly go to one server, which is told once.
        let told = findings.reduce(into: [Finding]()) { list, finding in
            if !list.contains(where: { $0.meaning == finding.meaning && $0.remedy == finding.remedy }) {
                list.append(finding)
            }
        }
        return .of(told, seen: "it takes \(collectors.map(\.signal).joined(separator: ", "))")
    }

    /// Judges what a collector answers.
    static func judge(collector signal: String, _ result: Result<HTTPCall.Answer, HTTPCall.Failure>) -> Finding? {
        switch result {
        case .success(let answer) where answer.status.kind == .successful: nil
        case .success(let answer) where [401, 403].contains(answer.status.code):
            Finding(
                .fault, "the collector refuses \(signal): status \(answer.status.code)", meaning: lost,
                remedy: "set OTEL_EXPORTER_OTLP_HEADERS (or …_HEADERS_FILE) to what it lets in, such as api-key=…")
        case .success(let answer):
            Finding(
                .fault, "the collector answers \(signal) with status \(answer.status.code)", meaning: lost,
                remedy:
                    "set OTEL_EXPORTER_OTLP_ENDPOINT to where it takes OTLP over HTTP with protobuf, usually port 4318")
        case .failure(let failure):
            Finding(
                .warning, "no collector is to be had for \(signal): \(failure)",
                meaning: "Log lines and spans wait in the store, the newest 10,000; the others are lost.",
                remedy:
                    "start a collector there, set OTEL_EXPORTER_OTLP_ENDPOINT to where one is, or OTEL_SDK_DISABLED=true"
            )
        }
    }

    private static let lost = "What is exported does not arrive, and is thrown away."

    /// Asks the servers for what the agents ask them for.
    private static func origins(_ examination: Examination) -> Verdict {
        let origins = examination.subject.origins
        guard !origins.isEmpty else { return .skipped("ORIGINS is not set") }
        var findings: [(Int, Finding)] = []
        perform(
            origins.map { origin in
                var call = HTTPCall(.get, "\(origin)/healthz")
                call.totalLimit = 3000
                return call
            }, examination
        ) { index, result in
            if let finding = judge(origin: origins[index], result) { findings.append((index, finding)) }
        }
        return .of(
            findings.sorted { $0.0 < $1.0 }.map(\.1), seen: "\(origins.count) answer /healthz with 200")
    }

    /// Judges what an origin answers to a probe.
    static func judge(origin: String, _ result: Result<HTTPCall.Answer, HTTPCall.Failure>) -> Finding? {
        let meaning = "It counts as down on /api/origins/health and the dashboard."
        switch result {
        case .success(let answer) where answer.status == .ok: return nil
        case .success(let answer) where answer.status.kind == .redirection:
            let place = answer.fields[.location].map { $0.prefix { $0 != "?" } } ?? "another place"
            return Finding(
                .fault, "\(origin)/healthz is answered by a redirect (\(answer.status.code)) to \(place)",
                meaning: "Probes do not follow redirects. \(meaning)",
                remedy: "name in ORIGINS where the redirect leads to, or except /healthz, /health and /ready from it")
        case .success(let answer):
            return Finding(
                .fault, "\(origin)/healthz is answered with status \(answer.status.code)", meaning: meaning,
                remedy: "curl -sv \(origin)/healthz; see that ORIGINS names the site that imports chimney_api")
        case .failure(let failure):
            return Finding(
                .warning, "\(origin) does not answer: \(failure.reason)", meaning: meaning,
                remedy: "curl -sv \(origin)/healthz on this host; start it, or take it out of ORIGINS")
        }
    }

    /// Makes calls side by side.
    private static func perform(
        _ calls: [HTTPCall], _ examination: Examination,
        _ completion: @escaping (Int, Result<HTTPCall.Answer, HTTPCall.Failure>) -> Void
    ) {
        var left = calls.count
        let limit = max(1, min(examination.time, 4000))
        for (index, call) in calls.enumerated() {
            var call = call
            call.totalLimit = min(call.totalLimit, limit)
            call.connectLimit = min(call.connectLimit, call.totalLimit)
            examination.http.start(call) { result in
                left -= 1
                completion(index, result)
            }
        }
        while left > 0 { examination.http.run(until: .max) }
    }
}
