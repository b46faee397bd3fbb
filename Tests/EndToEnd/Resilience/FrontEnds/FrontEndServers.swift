import Foundation
import TestSupport

/// A web server of Debian's in front of chimney, with a configuration of its own, in the foreground.
final class FrontEndServer: @unchecked Sendable {
    let http: HTTPClient
    private let files: TemporaryDirectory
    private let process: ChildProcess

    /// nginx, in front of a pool's socket.
    static func nginx(socket: String) throws -> FrontEndServer {
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
                  client_max_body_size 30m;
                  server {
                    listen 127.0.0.1:\(port);
                    location / {
                      include /etc/nginx/fastcgi_params;
                      fastcgi_param CHIMNEY_REQUEST_TIME_MS $msec;
                      fastcgi_pass unix:\(socket);
                    }
                  }
                }
                """)
            return try ChildProcess("nginx", ["-c", configuration, "-p", files.path])
        }
    }

    /// lighttpd, which starts the program for every request.
    static func lighttpd(environment: [String: String]) throws -> FrontEndServer {
        try FrontEndServer { files, port in
            let program = files.file("chimney.cgi")
            try FileManager.default.createSymbolicLink(atPath: program, withDestinationPath: Binary.path)
            let settings = environment.map { #""\#($0.key)" => "\#($0.value)""# }.joined(separator: ", ")
            let configuration = try files.write(
                "lighttpd.conf",
                """
                server.modules = ("mod_alias", "mod_setenv", "mod_cgi")
                server.bind = "127.0.0.1"
                server.port = \(port)
                server.document-root = "\(files.path)"
                server.upload-dirs = ("\(files.path)")
                server.breakagelog = "\(files.file("cgi.log"))"
                alias.url = ("/" => "\(program)/")
                cgi.assign = ("chimney.cgi" => "")
                setenv.set-environment = (\(settings))
                """)
            return try ChildProcess("lighttpd", ["-D", "-f", configuration])
        }
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

    func stop() { process.terminate(within: 5) }
}
