import TestSupport
import Testing

/// Gives all tests of a suite one origin, which ends with the suite.
struct OriginTrait: SuiteTrait, TestTrait, TestScoping {
    @TaskLocal static var origin: Origin?

    let workers: Int
    let environment: [String: String]

    var isRecursive: Bool { false }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await withOrigin(workers: workers, environment: environment) { origin in
            try await Self.$origin.withValue(origin) { try await function() }
        }
    }
}

extension Trait where Self == OriginTrait {
    /// One origin for all tests of the suite, to be had as `Origin.current`.
    static func origin(workers: Int = 4, environment: [String: String] = [:]) -> Self {
        OriginTrait(workers: workers, environment: environment)
    }
}

extension Origin {
    /// The origin of the suite.
    static var current: Origin {
        get throws { try #require(OriginTrait.origin, "the suite has no trait .origin") }
    }
}
