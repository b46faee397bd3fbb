import Glibc
import TestSupport
import Testing

@testable import FastCGI

@Suite struct ListenerTests {
    private let directory: String

    init() throws {
        var template = Array("/tmp/chimney-listener-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private func remove(_ path: String) {
        unlink(path)
        rmdir(directory)
    }

    @Test(
        "A unix socket has the permissions that were asked for, and does not block", arguments: [0o600, 0o660, 0o666])
    func unixSocket(mode: mode_t) throws {
        let path = directory + "/s"
        defer { remove(path) }
        let listener = try Listener.open(.unix(path: path), mode: mode)
        defer { close(listener.descriptor) }
        var status = stat()
        #expect(stat(path, &status) == 0)
        #expect(status.st_mode & 0o777 == mode)
        #expect(Listener.isListening(listener.descriptor))
        #expect(fcntl(listener.descriptor, F_GETFL) & O_NONBLOCK != 0)
        #expect(fcntl(listener.descriptor, F_GETFD) & FD_CLOEXEC != 0)
        #expect(listener.isOwnPath)
        listener.unlinkPath()
        #expect(stat(path, &status) != 0)
    }

    @Test("A socket that nobody answers is replaced; one that somebody answers is not")
    func taken() throws {
        let path = directory + "/s"
        defer { remove(path) }
        let first = try Listener.open(.unix(path: path), mode: 0o600)
        #expect { try Listener.open(.unix(path: path), mode: 0o600) } throws: { error in
            "\(error)".contains(path) && "\(error)".contains("--listen")
        }
        close(first.descriptor)
        let second = try Listener.open(.unix(path: path), mode: 0o600)
        close(second.descriptor)
    }

    @Test("A file that is no socket is left alone")
    func notASocket() throws {
        let path = directory + "/precious"
        defer { remove(path) }
        let file = try #require(fopen(path, "w"))
        fputs("precious", file)
        fclose(file)
        #expect(throws: PoolError.self) {
            let listener = try Listener.open(.unix(path: path), mode: 0o600)
            close(listener.descriptor)
        }
        var status = stat()
        #expect(stat(path, &status) == 0)
        #expect(status.st_mode & S_IFMT == S_IFREG)
        #expect(status.st_size == 8)
    }

    @Test("A directory that is not there is named")
    func missingDirectory() {
        rmdir(directory)
        #expect { try Listener.open(.unix(path: "/nowhere/at/all/s"), mode: 0o600) } throws: { error in
            "\(error)".contains("/nowhere/at/all/s")
        }
    }

    @Test("A TCP port, taken only once")
    func tcp() throws {
        rmdir(directory)
        let port = try Address.freePort()
        let listener = try Listener.open(.tcp(host: "127.0.0.1", port: port), mode: 0)
        defer { close(listener.descriptor) }
        #expect(Listener.isListening(listener.descriptor))
        #expect(!listener.isOwnPath)
        #expect(throws: PoolError.self) { try Listener.open(.tcp(host: "127.0.0.1", port: port), mode: 0) }
        #expect(throws: PoolError.self) { try Listener.open(.tcp(host: "no.such.host.invalid", port: port), mode: 0) }
    }

    @Test("Only systemd's own process takes systemd's sockets, and a file is none")
    func inherited() {
        rmdir(directory)
        let others = ["LISTEN_FDS": "1", "LISTEN_PID": String(getpid() + 1)]
        #expect(Listener.inherited(name: "worker", environment: others)?.descriptor != 3)
        #expect(!Listener.isListening(STDERR_FILENO))
        #expect(!Listener.isListening(-1))
    }
}
