import TestSupport
import Testing

/// What tests of chimney rely on when they put the fake in GitHub's place.
@Suite enum FakeGitHubTests {}

extension FakeGitHub {
    /// Asks it as a polite client does.
    func get(_ target: String, _ fields: [(String, String)] = [], timeout: Double = patience) throws -> HTTPAnswer {
        let always = [("Host", "127.0.0.1:\(port)"), ("User-Agent", "tests")]
        return try HTTPClient(.port(port), timeout: timeout).get(target, always + fields)
    }

    /// Asks for a list or a thing of the main repository.
    func ask(_ path: String, _ fields: [(String, String)] = []) throws -> HTTPAnswer {
        try get("/repos/\(repository)\(path)", fields)
    }
}
