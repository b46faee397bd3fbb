import Glibc
import TestSupport
import Testing

@testable import Deployer

@Suite("Host check")
struct HostCheckTests {
    /// A host whose files a services file names.
    private struct Host {
        let directory: TemporaryDirectory
        let file: ServicesFile

        init() throws {
            let directory = try TemporaryDirectory()
            self.directory = directory
            let services = [
                ("app", ServicesFixture.swap), ("shop", ServicesFixture.blueGreen), ("site", ServicesFixture.script),
            ].map { name, text in
                (
                    name: name,
                    text: text.replacing("/etc/caddy/slots/", with: directory.file("slots/"))
                        .replacing(#""check_url""#, with: #""config": "\#(directory.file("Caddyfile"))", "check_url""#)
                        .replacing("/srv/app/", with: directory.file("app-"))
                        .replacing("/srv/shop/", with: directory.file("shop-"))
                        .replacing("/srv/site/", with: directory.file("site-"))
                )
            }
            file = try ServicesFixture.file(ServicesFixture.text(services))
        }

        func problems(on host: String) -> [String] {
            HostCheck.problems(of: file, on: host, path: "/nowhere::\(directory.file("bin"))")
        }

        func put(_ name: String, executable: Bool = false) throws {
            try #require(creat(directory.file(name), executable ? 0o755 : 0o644) >= 0)
        }
    }

    @Test("All that is missing is named, for the services of the host alone")
    func missing() throws {
        let host = try Host()
        let directory = host.directory
        #expect(
            host.problems(on: "origin-1") == [
                "services.app.strategy: needs docker, which is not in PATH",
                "services.app.compose.file: names \(directory.file("app-compose.yaml")), which is no file that can be read",
                "services.shop.strategy: needs docker, which is not in PATH",
                "services.shop.strategy: needs caddy, which is not in PATH",
                "services.shop.compose.file: names \(directory.file("shop-compose.yaml")), which is no file that can be read",
                "services.shop.caddy.upstream_file: names \(directory.file("slots/shop.caddy")), whose directory is none "
                    + "that can be written to",
                "services.shop.caddy.config: names \(directory.file("Caddyfile")), which is no file that can be read",
            ])
        #expect(host.problems(on: "origin-2").count == 3)
        #expect(
            host.problems(on: "origin-3") == [
                "services: none of them is for the host origin-3; correct hosts, or set CHIMNEY_HOST"
            ])
    }

    @Test("Where everything is there, nothing is said")
    func complete() throws {
        let host = try Host()
        for directory in ["bin", "slots"] { try #require(mkdir(host.directory.file(directory), 0o755) == 0) }
        for program in ["bin/docker", "bin/caddy", "site-deploy.sh"] { try host.put(program, executable: true) }
        for file in ["app-compose.yaml", "shop-compose.yaml", "Caddyfile"] { try host.put(file) }
        #expect(host.problems(on: "origin-1").isEmpty)
        #expect(host.problems(on: "origin-2").isEmpty)
    }

    @Test("What is there, but is something else, is as good as missing")
    func other() throws {
        let host = try Host()
        for directory in ["bin", "site-deploy.sh", "app-compose.yaml"] {
            try #require(mkdir(host.directory.file(directory), 0o755) == 0)
        }
        try host.put("bin/docker")
        #expect(host.problems(on: "origin-2").count == 3)
    }
}
