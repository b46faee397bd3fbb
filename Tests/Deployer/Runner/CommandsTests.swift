import Essentials
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Deployer

/// Programs that are run beside a caller that goes on being told of them.
@Suite struct CommandsTests {
    private struct Enough: Error {}

    private let files: TemporaryDirectory

    init() throws { files = try TemporaryDirectory() }

    private func commands(_ whileRunning: @escaping () throws -> Void = {}) -> Commands {
        Commands(marker: files.path, whileRunning: whileRunning)
    }

    /// What a script of the shell's does, which only tests use.
    private func run(
        _ script: String, environment: [String: String] = [:], directory: String? = nil, limit: Int = 20_000,
        commands: Commands? = nil, onLine: (String) -> Void = { _ in }
    ) throws -> Commands.Output {
        try (commands ?? self.commands()).run(
            "sh", ["-c", script], environment: environment, directory: directory, limit: limit, onLine: onLine)
    }

    @Test func argumentsArriveAsTheyAre() throws {
        let arguments = ["", "two words", "$HOME", "`id`", "; rm -rf /", "\"'", "*", "ä\nb"]
        let output = try commands().run("printf", ["<%s>"] + arguments, limit: 20_000)
        #expect(output.status == .exited(0))
        #expect(String(decoding: output.standardOutput, as: UTF8.self) == arguments.map { "<\($0)>" }.joined())
    }

    @Test func aStatusIsTold() throws {
        #expect(try run("exit 17").status == .exited(17))
        #expect(try run("kill -USR1 $$").status == .signalled(SIGUSR1))
    }

    @Test func whatIsNoProgramIsAnErrorThatNamesIt() throws {
        #expect(throws: CommandFailure("no-such-program", .cannotRun("it is not in PATH, or may not be run"))) {
            _ = try commands().run("no-such-program", [], limit: 1000)
        }
        let file = try files.write("file", "text")
        let denied = #expect(throws: CommandFailure.self) { _ = try commands().run(file, [], limit: 1000) }
        #expect(denied?.command == file)
        #expect(denied?.description == "\(file): it is not there, or may not be run")
        let missing = #expect(throws: CommandFailure.self) {
            _ = try commands().run("\(file)-none", [], limit: 1000)
        }
        #expect(missing?.command == "\(file)-none")
        let nowhere = #expect(throws: CommandFailure.self) { _ = try run("true", directory: "/no/such/place") }
        #expect(nowhere?.description.contains("directory") == true)
    }

    @Test func theEnvironmentIsMadeForIt() throws {
        setenv("WEBHOOK_SECRET", "secret", 1)
        defer { unsetenv("WEBHOOK_SECRET") }
        let output = try commands().run(
            "env", [], environment: ["IMAGE_TAG": "abc", "HOME": "/nowhere"], limit: 20_000)
        let lines = String(decoding: output.standardOutput, as: UTF8.self).split(separator: "\n")
        let names = Set(lines.compactMap { $0.split(separator: "=").first.map(String.init) })
        #expect(names.isSubset(of: Set(Commands.inherited + ["IMAGE_TAG", "CHIMNEY_RUNNER"])))
        #expect(lines.contains("IMAGE_TAG=abc"))
        #expect(lines.contains("HOME=/nowhere"))
        #expect(lines.contains("CHIMNEY_RUNNER=\(files.path)"))
    }

    @Test func itHasNoDescriptorsOfOurs() throws {
        let server = try ScriptedHTTPServer { _ in HTTPServerAnswer() }
        defer { server.stop() }
        let output = try run("ls /proc/$$/fd; readlink /proc/$$/fd/0")
        let lines = String(decoding: output.standardOutput, as: UTF8.self).split(separator: "\n")
        #expect(lines == ["0", "1", "2", "/dev/null"])
    }

    @Test func itRunsWhereItIsTold() throws {
        let output = try run("pwd -P", directory: "/usr")
        #expect(output.standardOutput == Array("/usr\n".utf8))
    }

    @Test func linesComeAsTheyAreWritten() throws {
        // It goes on when its first line has arrived.
        let seen = files.file("seen")
        var lines: [String] = []
        let output = try run("echo one; until [ -e \(seen) ]; do sleep 0.01; done; echo two >&2; printf three") {
            line in
            lines.append(line)
            _ = FileManager.default.createFile(atPath: seen, contents: nil)
        }
        #expect(output.status == .exited(0))
        #expect(lines == ["one", "two", "three"])
        #expect(output.lastErrorLines == ["two"])
        #expect(output.standardOutput == Array("one\nthree".utf8))
    }

    @Test func whatItWritesIsBoundedAndHasNoControlCharacters() throws {
        var longest = 0
        var count = 0
        // How long half a million lines take is the machine's matter.
        let script = "head -c 3000000 /dev/zero | tr '\\0' x; yes 0123456789 | head -n 500000 >&2"
        let output = try run(script, limit: 600_000) { line in
            longest = max(longest, line.utf8.count)
            count += 1
        }
        #expect(output.status == .exited(0))
        #expect(output.standardOutput.count == Commands.Output.limit)
        #expect(output.lastErrorLines == Array(repeating: "0123456789", count: Commands.Output.errorLines))
        #expect(longest == OutputLines.limit)
        #expect(count == 500_001)
        var lines: [String] = []
        _ = try run("printf 'a\\033[31mb\\tc\\000d\\r\\n\\n10%%\\r20%%\\r\\302\\205\\377\\n'") { lines.append($0) }
        #expect(lines == ["a\u{FFFD}[31mb c\u{FFFD}d", "10%", "20%", "\u{FFFD}\u{FFFD}"])
    }

    /// Runs a script until its limit, by which it has made the file `$BEGUN`: a shell that is kept from the processor may take
    /// a longer one to come to anything.
    private func runUntilLimit(_ script: String) throws -> Commands.Output {
        let begun = files.file("begun")
        var limit = 2000
        while true {
            let output = try run(script, environment: ["BEGUN": begun], limit: limit)
            if FileManager.default.fileExists(atPath: begun) || limit > 60_000 { return output }
            limit *= 2
        }
    }

    @Test func theTimeLimitEndsTheWholeGroup() throws {
        let output = try runUntilLimit(#"sleep 1000 & echo $!; : >"$BEGUN"; sleep 1000"#)
        #expect(output.status == .timedOut)
        #expect(try isGone(pid(output)))
    }

    @Test func whoIgnoresTheEndIsKilled() throws {
        let output = try runUntilLimit(
            #"trap '' TERM; (trap '' TERM; sleep 1000) & echo $!; : >"$BEGUN"; while :; do sleep 1; done"#)
        #expect(output.status == .timedOut)
        #expect(try isGone(pid(output)))
    }

    @Test func aProgramThatEndsAtTheLimitIsTimedOut() throws {
        let output = try runUntilLimit(
            #"trap 'echo cleaned; exit 0' TERM; : >"$BEGUN"; while :; do sleep 0.01; done"#)
        #expect(output.status == .timedOut)
        #expect(output.standardOutput == Array("cleaned\n".utf8))
    }

    @Test func whatItLeavesRunningEndsWithIt() throws {
        let output = try run("sleep 1000 & echo $!")
        #expect(output.status == .exited(0))
        #expect(try isGone(pid(output)))
    }

    /// A grandchild that has left the group, and keeps the pipe, or even goes on writing to it.
    @Test(arguments: ["sleep 1000", "yes"]) func grandchildrenThatKeepThePipeOpenDoNotHoldItUp(_ program: String) throws
    {
        let output = try run("setsid \(program) & echo $!")
        let grandchild = try pid(output)
        defer { kill(grandchild, SIGKILL) }
        #expect(output.status == .exited(0))
    }

    @Test func theCallerIsToldAllTheTime() throws {
        var calls = 0
        let done = files.file("done")
        let output = try run(
            "until [ -e \(done) ]; do sleep 0.01; done",
            commands: commands {
                calls += 1
                if calls == 5 { _ = FileManager.default.createFile(atPath: done, contents: nil) }
            })
        #expect(output.status == .exited(0))
        #expect(calls >= 5)
    }

    @Test func aCallerThatHasEnoughEndsIt() throws {
        let began = files.file("began")
        let pidFile = files.file("pid")
        #expect(throws: Enough.self) {
            _ = try run(
                "sleep 1000 & echo $! > \(pidFile); touch \(began); wait",
                commands: commands {
                    if FileManager.default.fileExists(atPath: began) { throw Enough() }
                })
        }
        let text = try String(contentsOfFile: pidFile, encoding: .utf8)
        #expect(isGone(try #require(pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)))))
    }

    @Test func manyOneAfterTheOtherAreReaped() throws {
        let commands = commands()
        // A copy with a name of its own, so that other tests' children do not count.
        let program = files.file("left-open")
        #expect(try FinishedProcess("cp", [Tool.path("true"), program]).end == .exited(0))
        for _ in 0..<50 { #expect(try commands.run(program, [], limit: 20_000).status == .exited(0)) }
        let unreaped = {
            ProcessFiles.processes.contains { id in
                ProcessFiles.contents("/proc/\(id)/stat").starts(with: "\(id) (left-open) Z \(getpid())".utf8)
            }
        }
        #expect(eventually(within: 60) { !unreaped() })
    }

    private func pid(_ output: Commands.Output) throws -> pid_t {
        let text = String(decoding: output.standardOutput, as: UTF8.self)
        return try #require(pid_t(text.prefix { !$0.isNewline }))
    }

    /// Whether a process has ended; one that nobody has reaped has.
    private func isGone(_ pid: pid_t) -> Bool {
        eventually {
            let status = String(decoding: ProcessFiles.contents("/proc/\(pid)/stat"), as: UTF8.self)
            return status.isEmpty || status.contains(") Z ")
        }
    }
}
