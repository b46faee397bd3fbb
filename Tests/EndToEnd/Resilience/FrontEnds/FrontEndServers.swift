import Foundation
import TestSupport

/// A web server of Debian's in front of chimney, with a configuration of its own, in the foreground.
final class FrontEndServer: @unchecked Sendable {
    let http: HTTPClient
    private let files: TemporaryDirectory
    private let process: ChildProcess
    private var beside: (process: ChildProcess, files: TemporaryDirectory)?

    /// nginx, in front of a pool's sockets.
    static func nginx(socket: String) throws -> FrontEndServer {
        try nginx(
            example("nginx.conf").replacing("/run/chimney/chimney.sock", with: socket).replacing(
                "/run/chimney/chimney-streamer.sock", with: PoolProcess.streamSocket(beside: socket)))
    }

    /// nginx and fcgiwrap, which starts the program for every request.
    static func nginxCGI(environment: [String: String]) throws -> FrontEndServer {
        let files = try TemporaryDirectory()
        let socket = files.file("wrap.sock")
        let wrapper = try ChildProcess("spawn-fcgi", ["-n", "-s", socket, "--", try Tool.path("fcgiwrap")])
        let settings = environment.map { "    fastcgi_param \($0.key) \"\($0.value)\";\n" }.joined()
        let text = try example("nginx-cgi.conf").replacing("/usr/bin/chimney", with: Binary.path)
            .replacing("/run/fcgiwrap.socket", with: socket)
            .replacing(#/ *fastcgi_param (DRAGONFLY_URL|DEPLOY_TOKEN_FILE) [^\n]*\n/#, with: "")
            .replacing("    fastcgi_pass ", with: settings + "    fastcgi_pass ")
        let server = try nginx(text)
        server.beside = (wrapper, files)
        return server
    }

    /// nginx with such locations.
    private static func nginx(_ locations: String) throws -> FrontEndServer {
        try FrontEndServer { files, port in
            let configuration = try files.write(
                "nginx.conf",
                """
                daemon off;
                master_process off;
                pid \(files.file("pid"));
                error_log stderr;
                events {}
                http {
                  access_log off;
                  client_body_temp_path \(files.file("body"));
                  fastcgi_temp_path \(files.file("fastcgi"));
                  proxy_temp_path \(files.file("proxy"));
                  uwsgi_temp_path \(files.file("uwsgi"));
                  scgi_temp_path \(files.file("scgi"));
                  server {
                    listen 127.0.0.1:\(port);
                    \(locations.replacing("fastcgi_params;", with: "/etc/nginx/fastcgi_params;"))
                  }
                }
                """)
            return try ChildProcess("nginx", ["-c", configuration, "-p", files.path])
        }
    }

    /// lighttpd, which starts the program for every request.
    static func lighttpd(environment: [String: String]) throws -> FrontEndServer {
        let settings = environment.map { "\"\($0.key)\" => \"\($0.value)\"" }.joined(separator: ", ")
        let text = try example("lighttpd.conf").replacing("/usr/bin/chimney", with: Binary.path)
            .replacing("^/(api/", with: "^/(debug/|api/")
            .replacing(/setenv.set-environment = \([^)]*\)/, with: "setenv.set-environment = (\(settings))")
        return try FrontEndServer { files, port in
            let configuration = try files.write(
                "lighttpd.conf",
                """
                server.bind = "127.0.0.1"
                server.port = \(port)
                server.document-root = "\(files.path)"
                server.upload-dirs = ("\(files.path)")
                server.breakagelog = "\(files.file("cgi.log"))"
                \(text)
                """)
            return try ChildProcess("lighttpd", ["-D", "-f", configuration])
        }
    }

    /// What an operator is given to begin with.
    private static func example(_ name: String) throws -> String {
        try String(contentsOfFile: Package.path("caddy/examples/\(name)"), encoding: .utf8)
    }

    private init(_ start: (TemporaryDirectory, UInt16) throws -> ChildProcess) throws {
        files = try TemporaryDirectory()
        let port = try Address.freePort()
        http = HTTPClient(.port(port))
        let process = try start(files, port)
        self.process = process
        let isUp = eventually { !process.isRunning || (try? Socket(.port(port))) != nil }
        guard isUp, process.isRunning else {
            throw TestSupportError("The web server does not come up: \(process.errors.suffix(1000))")
        }
    }

    /// What programs have written to their standard error.
    var programLog: String { (try? String(contentsOfFile: files.file("cgi.log"), encoding: .utf8)) ?? "" }

    func stop() {
        process.terminate(within: 5)
        beside?.process.terminate(within: 5)
    }
}
