import Foundation
import TestSupport
import Testing

extension EndToEnd.UnderFire {
    /// What processes have in memory stays there: nobody else on the host can look, and a crash leaves nothing behind.
    @Suite struct SecrecyTests {
        private static let secret = "mark-in-memory-0123456789"

        private static let settings = [
            "DEPLOY_TOKEN": secret, "GITHUB_TOKEN": secret, "WEBHOOK_SECRET": secret, "LOGS_TOKEN": secret,
            "ADMIN_TOKEN": secret,
        ]

        /// A program that begins with dumps allowed, and in a directory where they would be seen.
        private static func dumping(in directory: TemporaryDirectory, _ program: String) throws -> String {
            let path = directory.file("dumping-\(program.split(separator: "/").last ?? "")")
            // Made by another process: one that is started here meanwhile would have the file open.
            let text = "#!/bin/sh\nulimit -c unlimited && cd '\(directory.path)' && exec '\(program)' \"$@\"\n"
            let made = try FinishedProcess(
                "sh", ["-c", #"printf '%s' "$1" > "$2" && chmod 755 "$2""#, "sh", text, path])
            try #require(made.end == .exited(0), "\(made.errors)")
            return path
        }

        private static func dumps(in directory: TemporaryDirectory) throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: directory.path).filter { $0.contains("core") }
        }

        /// The signals that end a process with a dump, unless it sees to it (signal(7)).
        private static let signals = [
            SIGQUIT, SIGILL, SIGABRT, SIGFPE, SIGSEGV, SIGBUS, SIGSYS, SIGTRAP, SIGXCPU, SIGXFSZ,
        ]

        @Test(
            "No process leaves a dump, whatever it dies of: not a worker, streamer, agent or supervisor, nor one that deploys"
        )
        func dumps() throws {
            let directory = try TemporaryDirectory()
            let shell = try ChildProcess(try Self.dumping(in: directory, "/bin/sh"), ["-c", "kill -SEGV $$"])
            #expect(shell.wait() == .signalled(SIGSEGV))
            let isSeen = try !Self.dumps(in: directory).isEmpty
            for name in try Self.dumps(in: directory) {
                try FileManager.default.removeItem(atPath: directory.file(name))
            }

            let store = try TestStore()
            defer { store.clear() }
            let binary = try Self.dumping(in: directory, try Binary.path)
            let environment = store.environment.merging(Self.settings) { $1 }.merging(["CHIMNEY_FAULTS": "true"]) { $1 }
            let pool = try PoolProcess(workers: 1, environment: environment, binary: binary)
            defer { pool.stop() }
            // A defect of its own first, then what comes from outside.
            #expect(try pool.fastCGI.request("GET", "/debug/trap").status == 500)
            for (index, signal) in Self.signals.enumerated() {
                let role = ["worker", "streamer", "agent"][index % 3]
                let pid = try #require(value { pool.children(role).first })
                kill(pid, signal)
                #expect(eventually { pool.children(role).first.map { $0 != pid } ?? false }, "\(role) \(signal)")
                #expect(eventually { pool.log.contains("\(role) \(pid) ended of SIG") })
            }
            kill(pool.pid, SIGSEGV)
            #expect(pool.process.wait() == .signalled(SIGSEGV))
            let silent = try ScriptedHTTPServer { _ in
                var answer = HTTPServerAnswer()
                answer.delay = 600
                return answer
            }
            defer { silent.stop() }
            let client = try ChildProcess(
                binary, ["deploy", "--url", silent.url(""), "--service", "app", "--rollback"],
                environment: ["WEBHOOK_SECRET": Self.secret])
            #expect(silent.receives())
            client.signal(SIGSEGV)
            #expect(client.wait() == .signalled(SIGSEGV))
            #expect(try Self.dumps(in: directory) == [])
            // They would have been seen, unless the kernel of this machine puts them elsewhere.
            let pattern = try String(contentsOfFile: "/proc/sys/kernel/core_pattern", encoding: .utf8)
            #expect(isSeen || pattern.hasPrefix("|") || pattern.contains("/"))
        }

        @Test(
            "Other users of the host see neither environment nor memory of a process, and no secret among its arguments"
        )
        func processes() async throws {
            try await withOrigin(environment: Self.settings) { origin in
                // Workers come first, and are what an origin waits for.
                let all = value { () -> [pid_t]? in
                    let pids = [origin.pool.pid] + ["worker", "streamer", "agent"].flatMap { origin.pool.children($0) }
                    return pids.count == 7 ? pids : nil
                }
                let pids = try #require(all)
                for pid in pids {
                    let arguments = try Data(contentsOf: URL(fileURLWithPath: "/proc/\(pid)/cmdline"))
                    #expect(!String(decoding: arguments, as: UTF8.self).contains("mark-"))
                    for file in ["environ", "mem", "maps", "stack", "auxv", "fd/0"] {
                        let seen = try FinishedProcess(
                            "setpriv",
                            [
                                "--reuid", "65534", "--regid", "65534", "--clear-groups", "head", "-c", "1",
                                "/proc/\(pid)/\(file)",
                            ])
                        #expect(seen.end == .exited(1) && seen.output.isEmpty, "\(file)")
                    }
                }
                // Nor may anybody talk to the workers but the front end.
                for path in [origin.pool.socket, origin.pool.streamSocket] {
                    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
                    #expect(mode == 0o660)
                }
            }
        }

        @Test("What a host keeps on its disk has no token in it, and is for chimney's own user and group")
        func files() async throws {
            let directory = try TemporaryDirectory()
            let journal = directory.file("journal")
            try await withCallers(environment: ["CHIMNEY_JOURNAL_DIR": journal, "DEPLOY_TOKEN": Self.secret]) {
                origin, callers in
                let token = try callers.workflow()
                #expect(try origin.http.post("/api/deploy/events", Event().json, token: Self.secret).status == 200)
                let body = #"{"name":"shop","version":"1","provider":"gcp","type":"k8s"}"#
                for fields in [[("Authorization", "Bearer \(token)")], [("Authorization", "Bearer \(Callers.token)")]] {
                    let more = [("X-Organisation", "acme"), ("Idempotency-Key", "\(Self.secret)-\(fields[0].1.count)")]
                    #expect(try origin.http.post(Callers.path, body, fields + more).status == 201)
                }
                let names = try FileManager.default.subpathsOfDirectory(atPath: journal)
                #expect(names.count > 1)
                var bytes = 0
                for name in names {
                    let path = "\(journal)/\(name)"
                    let attributes = try FileManager.default.attributesOfItem(atPath: path)
                    #expect(attributes[.posixPermissions] as? Int == 0o660, "\(name)")
                    let content = String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
                    bytes += content.utf8.count
                    for mark in ["mark-", "ghp_"] + token.split(separator: ".").map(String.init)
                    where content.contains(mark) {
                        Issue.record("\(name) has \(mark)")
                    }
                }
                // What was looked at has all of it.
                #expect(bytes > 1000)
                let mode = try FileManager.default.attributesOfItem(atPath: journal)[.posixPermissions] as? Int
                #expect(mode.map { $0 & 0o7777 } == 0o770)
                // Nor has the store, under whose digests tokens are known for a while.
                for (key, content) in try origin.store.content()
                where content.contains("mark-") || content.contains("ghp_") {
                    Issue.record("\(key)")
                }
            }
        }

        @Test("What a runner starts has none of its sockets and files open, such as its connection to the store")
        func descriptors() async throws {
            let files = try TemporaryDirectory()
            let script = files.file("deploy.sh")
            let text =
                "#!/bin/sh\nfor file in /proc/$$/fd/*; do readlink \"$file\"; done > '\(files.file("seen"))'; exit 0\n"
            let made = try FinishedProcess(
                "sh", ["-c", #"printf '%s' "$1" > "$2" && chmod 755 "$2""#, "sh", text, script])
            try #require(made.end == .exited(0), "\(made.errors)")
            let services =
                #"{"services":{"app":{"hosts":["host-1"],"image":"a/b","strategy":"script","script":"\#(script)"}}}"#
            try await withDeployOrigin(services: { _ in services }) { origin throws in
                let answer = try origin.deploy(DeployOrigin.sha(1))
                #expect(answer.status == 200, "\(answer.text)")
                let seen = try String(contentsOfFile: files.file("seen"), encoding: .utf8).split(separator: "\n")
                // Input, two pipes for what it says, the script, and the list of these itself.
                let strange = seen.filter {
                    !["/dev/null", script, files.file("seen")].contains(String($0)) && !$0.hasPrefix("pipe:")
                }
                #expect(strange == [])
                #expect(seen.count <= 5)
            }
        }
    }
}
