import Essentials
import FastCGI
import HTTPTypes
import TestSupport
import Testing

@testable import Web
@testable import chimney

/// The OpenAPI document beside the one table of all routes.
@Suite struct OpenAPITests {
    /// Routes that are no part of the contract: the front end's way to a client that waits.
    static let exceptions: Set = ["GET /hold/{wait}"]

    /// The secret that each scheme stands for.
    static let secrets = [
        "deploy_token": ("DEPLOY_TOKEN", "d"), "invalidate_token": ("INVALIDATE_TOKEN", "i"),
        "logs_token": ("LOGS_TOKEN", "l"), "admin_token": ("ADMIN_TOKEN", "a"),
        "github_signature": ("GITHUB_WEBHOOK_SECRET", "w"), "deploy_signature": ("WEBHOOK_SECRET", "s"),
    ]

    let document: Document

    init() throws { document = try Document() }

    /// The routes of the program with these settings, by their names in the document.
    private func routes(_ settings: [String: String] = [:]) -> [String: Route] {
        let configuration = Configuration(Settings(environment: settings))
        #expect(configuration.problems.isEmpty)
        let routes = configuration.capabilities(board: nil, roles: []).table.routes
        let names = routes.map { "\($0.method.rawValue) \($0.template.replacing("...}", with: "}"))" }
        return Dictionary(uniqueKeysWithValues: zip(names, routes))
    }

    private var guarded: [String: Route] { routes(Dictionary(uniqueKeysWithValues: Self.secrets.map { $1 })) }

    @Test func everyRouteIsDescribedAndNothingElse() {
        let described = document.operations.map(\.name)
        #expect(Set(described) == Set(routes().keys).subtracting(Self.exceptions))
        // Nor are those that break on purpose.
        let broken = Set(routes(["CHIMNEY_FAULTS": "true"]).keys).subtracting(described).subtracting(Self.exceptions)
        #expect(!broken.isEmpty)
        #expect(broken.allSatisfy { $0.contains(" /debug/") }, "\(broken)")
    }

    @Test func whoMayUseARouteIsDescribed() throws {
        let guarded = guarded
        for operation in document.operations {
            let schemes = operation.security.filter { !$0.isEmpty }
            switch try #require(guarded[operation.name]).authentication {
            case .open: #expect(schemes.isEmpty, "\(operation.name)")
            case .bearer(let bearer):
                for (scheme, (_, secret)) in Self.secrets {
                    let request = Request(
                        environment: Environment(["HTTP_AUTHORIZATION": "Bearer \(secret)"]), body: RequestBody())
                    let isRight = bearer.authenticate(request) != nil
                    #expect(schemes.contains([scheme]) == isRight, "\(operation.name): \(scheme)")
                }
                #expect(schemes.count == 1, "\(operation.name)")
            case .signature(let signature):
                let empty = FakeGitHub.Delivery(event: "ping", body: [])
                for (scheme, (_, secret)) in Self.secrets {
                    let code = Hex.bytes(String(empty.signature(secret).dropFirst("sha256=".count)), count: 32)
                    let isRight = signature.authenticate(try #require(code), body: []) != nil
                    #expect(schemes.contains([scheme]) == isRight, "\(operation.name): \(scheme)")
                }
                #expect(schemes.count == 1, "\(operation.name)")
            case .identity: #expect(schemes == [["github_oidc"], ["github_pat", "organisation"]], "\(operation.name)")
            }
        }
    }

    /// A token that is not set refuses everybody, but for the log's, which is public then.
    @Test func routesThatAreOpenWithoutATokenSaySo() throws {
        let plain = routes()
        for operation in document.operations {
            let isOpen = if case .open = try #require(plain[operation.name]).authentication { true } else { false }
            #expect(operation.isOpen == isOpen, "\(operation.name)")
        }
    }

    @Test func bodiesAreDescribedWhereRoutesTakeThem() throws {
        let routes = routes()
        for operation in document.operations {
            let takesBody = try #require(routes[operation.name]).body != .none
            let body = operation.content.requestBody
            #expect((body != nil) == takesBody, "\(operation.name)")
            guard let body else { continue }
            #expect(body.required == .bool(true), "\(operation.name)")
            #expect(body.content?.names == ["application/json"], "\(operation.name)")
        }
    }

    /// What the program checks before any handler is called.
    @Test func errorsOfEveryRouteAreDescribed() throws {
        let guarded = guarded
        for operation in document.operations {
            let route = try #require(guarded[operation.name])
            var checks: Set<String> = []
            if route.body != .none { checks.formUnion(["411", "413", "415"]) }
            if case .open = route.authentication {} else { checks.formUnion(["401", "429"]) }
            #expect(
                operation.statuses.intersection(["401", "411", "413", "415", "429"]) == checks, "\(operation.name)")
            #expect(operation.statuses.isSuperset(of: ["400", "431", "503", "5XX"]), "\(operation.name)")
            #expect(operation.statuses.contains { $0.hasPrefix("2") }, "\(operation.name)")
        }
    }

    @Test func everyOperationCanBeReadAndHasAName() throws {
        let tags = document.json.tags?.list.compactMap(\.name?.text) ?? []
        #expect(Set(tags).count == tags.count)
        var ids: Set<String> = []
        var used: Set<String> = []
        for operation in document.operations {
            let id = try #require(operation.content.operationId?.text)
            #expect(ids.insert(id).inserted, "\(id) twice")
            #expect(operation.content.summary?.text?.isEmpty == false, "\(operation.name)")
            used.formUnion(operation.content.tags?.list.compactMap(\.text) ?? [])
        }
        #expect(used == Set(tags))
    }

    @Test func everyAnswerHasTheCommonHeaders() {
        for operation in document.operations {
            for status in operation.statuses {
                let answer = operation.content.responses?[status].map(document.resolved)
                let names = answer?.headers?.names ?? []
                #expect(names.isSuperset(of: ["X-Request-ID", "X-Trace-ID"]), "\(operation.name) \(status)")
                let isError = status.hasPrefix("4") || status.hasPrefix("5")
                let types = answer?.content?.names ?? []
                #expect(types.contains("application/problem+json") == isError, "\(operation.name) \(status)")
            }
        }
    }

    @Test func referencesLeadSomewhereAndComponentsAreUsed() {
        let references = Set(document.references)
        for reference in references { #expect(document.target(of: reference) != nil, "\(reference)") }
        var used = references
        for operation in document.operations {
            for scheme in operation.security.joined() { used.insert("#/components/securitySchemes/\(scheme)") }
        }
        for section in document.json.components?.names ?? [] {
            for name in document.json.components?[section]?.names ?? [] {
                #expect(used.contains("#/components/\(section)/\(name)"), "\(section)/\(name) is not used")
            }
        }
    }
}
