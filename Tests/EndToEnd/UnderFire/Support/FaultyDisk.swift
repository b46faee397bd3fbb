import Foundation
import TestSupport
import Testing

/// What goes wrong with a disk.
enum DiskFault: String, CaseIterable, CustomTestStringConvertible {
    /// There is no room on it.
    case full
    /// The kernel takes nothing more for it, as after errors of the file system.
    case readOnly = "read-only"
    /// It fails to write.
    case failing = "input/output errors"
    /// Its directory is not for chimney any more.
    case forbidden = "permission taken away"
    /// Its directory is gone.
    case removed

    var testDescription: String { rawValue }

    /// Whether it can be had on this machine.
    var isPossible: Bool {
        switch self {
        case .full: SmallFileSystem.isPossible
        case .readOnly, .failing: FailingCalls.isPossible
        case .forbidden, .removed: true
        }
    }

    /// Those that can be had on this machine, of some.
    static func possible(_ faults: [DiskFault] = allCases) -> [DiskFault] { faults.filter(\.isPossible) }
}

/// A directory that chimney writes to, on a disk with which something goes wrong.
final class FaultyDisk: @unchecked Sendable {
    let fault: DiskFault
    /// The directory. It is chimney's to make.
    var directory: String { place + "/own" }

    private let files: TemporaryDirectory
    private let small: SmallFileSystem?
    private let place: String
    private var calls: FailingCalls?

    /// - Parameter size: of a disk that can be full, as mount(8) takes it.
    init(_ fault: DiskFault, size: String) throws {
        self.fault = fault
        files = try TemporaryDirectory()
        small = fault == .full ? try SmallFileSystem(options: "size=\(size)") : nil
        place = small?.path ?? files.path
    }

    /// A program that runs chimney without root's right to use what it is not permitted to, which tests may have.
    func program() throws -> String {
        let drop = "-dac_override,-dac_read_search"
        let options = geteuid() == 0 ? "setpriv --bounding-set=\(drop) --inh-caps=\(drop) --" : ""
        let path = try files.write("chimney", "#!/bin/sh\nexec \(options) \(Binary.path) \"$@\"\n")
        chmod(path, 0o755)
        return path
    }

    /// Has it go wrong.
    ///
    /// - Parameters:
    ///   - pool: who writes.
    ///   - names: the files of the directory that are written.
    func begin(for pool: PoolProcess, writing names: [String]) throws {
        switch fault {
        case .full: try fill()
        case .readOnly:
            try fail(["write", "pwrite64", "openat", "fdatasync", "fallocate"], with: "EROFS", for: pool, names)
        case .failing: try fail(["write", "pwrite64", "fdatasync", "fallocate"], with: "EIO", for: pool, names)
        case .forbidden: chmod(directory, 0)
        case .removed: try FileManager.default.removeItem(atPath: directory)
        }
    }

    private func fail(_ calls: [String], with error: String, for pool: PoolProcess, _ names: [String]) throws {
        self.calls = try FailingCalls(
            calls, with: error, of: [pool.pid] + pool.workers + pool.agents,
            at: names.map { "\(directory)/\($0)" })
    }

    /// Takes all the room that is left.
    private func fill() throws {
        let filler = open("\(place)/filler", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        defer { close(filler) }
        let bytes = [UInt8](repeating: 0x78, count: 4096)
        while write(filler, bytes, bytes.count) > 0 {}
        guard errno == ENOSPC else { throw TestSupportError("\(place) cannot be filled.") }
    }

    /// Has it be well again.
    func end() {
        switch fault {
        case .full: unlink("\(place)/filler")
        case .readOnly, .failing: calls?.stop()
        case .forbidden: chmod(directory, 0o770)
        // It is chimney's to make.
        case .removed: break
        }
    }

    deinit { if fault == .forbidden { chmod(directory, 0o770) } }
}
