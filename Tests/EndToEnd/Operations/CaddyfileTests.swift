import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// What the Caddyfiles become, without a pool behind them.
    @Suite struct CaddyfileTests {
        private static let files = ["Caddyfile", "Caddyfile.origin", "Caddyfile.edge"]

        @Test("The words of newer Caddys for buffering differ from those of 2.6 in nothing else", arguments: files)
        func words(file: String) throws {
            let copy = try TemporaryDirectory()
            for name in [file, "snippets/chimney.caddy", "snippets/edge.caddy", "snippets/options.caddy"] {
                let text = try String(contentsOfFile: Package.path("caddy/\(name)"), encoding: .utf8)
                try FileManager.default.createDirectory(
                    atPath: copy.file("snippets"), withIntermediateDirectories: true)
                // By the docs of `reverse_proxy`: buffers of a size in place of a switch.
                let old = text.replacing("\trequest_buffers 30MB\n", with: "\tbuffer_requests\n")
                    .replacing("\tresponse_buffers 30MB\n", with: "\tbuffer_responses\n")
                _ = try copy.write(name, old)
            }
            // Caddy puts the members of some lists in any order.
            func parts(_ words: String) throws -> [Substring] {
                try Self.adapted(copy.file(file), ["CHIMNEY_BUFFERS": words]).split { ",[]{}".contains($0) }.sorted()
            }
            #expect(try parts("2.7") == parts("2.6"))
        }

        @Test(
            "One line of an operator's Caddyfile imports all of an origin's or an edge's", arguments: files.dropFirst(),
            CaddyEdition.allCases)
        func imported(file: String, caddy: CaddyEdition) throws {
            let path = Package.path("caddy/\(file)")
            let files = try TemporaryDirectory()
            let own = try files.write("Caddyfile", "import \(path)\n\nhttp://other.example {\n\trespond ok\n}\n")
            let settings = ["CHIMNEY_SITE": "deploys.example.org", "CHIMNEY_BIND": "10.0.0.2 10.0.0.3"]
            let all = try JSON(parsing: Self.adapted(own, settings, by: caddy).utf8)
            let servers = all.apps?.http?.servers
            let listening = (0..<3).flatMap { servers?["srv\($0)"]?.listen?.list.compactMap(\.text) ?? [] }
            #expect(listening.contains("10.0.0.2:443") && listening.contains("10.0.0.3:443"))
            #expect(listening.contains(":80"))
            #expect(all.admin?.listen == "localhost:2019")
        }

        /// The configuration that a Caddyfile stands for.
        private static func adapted(
            _ file: String, _ settings: [String: String], by caddy: CaddyEdition = .debian
        ) throws -> String {
            let run = try FinishedProcess(
                caddy.path, ["adapt", "--config", file, "--adapter", "caddyfile"],
                environment: caddy.environment.merging(settings) { $1 })
            guard run.end == .exited(0) else { throw TestSupportError(run.errors) }
            return run.output
        }
    }
}
