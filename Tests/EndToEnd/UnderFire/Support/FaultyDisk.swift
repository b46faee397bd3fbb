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

    /// Those that can be had on this machine, of some.
    static func possible(_ faults: [DiskFault] = allCases) -> [DiskFault] {
        faults.filter { fault in
            switch fault {
            case .full: SmallFileSystem.isPossible
            case .readOnly: SmallFileSystem.isPossible && FailingCalls.isPossible
            case .failing: FailingCalls.isPossible
            case .forbidden, .removed: true
            }
        }
    }
}

/// A directory that chimney writes to, on a disk with which something goes wrong.
final class FaultyDisk: @unchecked Sendable {
    let fault: DiskFault
    /// The directory. It is chimney's to make.
    var directory: String { place + "/own" }

    private let files: TemporaryDirectory
    private let small: SmallFileSystem?
    private let place: String
    /// What is written of it all the time: a file system with a file that is open for writing cannot be made read-only, but by
    /// an error of its own.
    private let names: (String) throws -> [String]
    private var calls: FailingCalls?

    /// - Parameters:
    ///   - size: of a disk that can be full, as mount(8) takes it.
    ///   - names: those files of the directory that are written to all the time.
    init(_ fault: DiskFault, size: String, written names: @escaping (String) throws -> [String] = { _ in [] }) throws {
        self.fault = fault
        self.names = names
        files = try TemporaryDirectory()
        small = fault == .full || fault == .readOnly ? try SmallFileSystem(options: "size=\(size)") : nil
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
    /// - Parameter pool: who writes.
    func begin(for pool: PoolProcess) throws {
        let written = try names(directory)
        switch fault {
        case .full: try fill()
        case .readOnly where written.isEmpty: try remount("ro")
        case .readOnly: try fail(["write", "openat", "fdatasync", "fallocate"], with: "EROFS", for: pool, written)
        case .failing: try fail(["write", "fdatasync", "fallocate"], with: "EIO", for: pool, written)
        case .forbidden: chmod(directory, 0)
        case .removed:
            // In one step: others may write to it.
            try FileManager.default.moveItem(atPath: directory, toPath: "\(place)/gone")
            try FileManager.default.removeItem(atPath: "\(place)/gone")
        }
    }

    private func fail(_ calls: [String], with error: String, for pool: PoolProcess, _ names: [String]) throws {
        // Some name them by the directory, some by a descriptor of it.
        self.calls = try FailingCalls(
            calls, with: error, of: [pool.pid] + pool.workers + pool.agents,
            at: names.flatMap { ["\(directory)/\($0)", $0] })
    }

    /// Mounts it anew, once nobody writes just now.
    private func remount(_ options: String) throws {
        guard eventually({ (try? small?.remount(options)) != nil }) else {
            throw TestSupportError("\(place) cannot be mounted anew.")
        }
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
    func end() throws {
        switch fault {
        case .full: unlink("\(place)/filler")
        case .readOnly where calls == nil: try remount("rw")
        case .readOnly, .failing: calls?.stop()
        case .forbidden: chmod(directory, 0o770)
        // It is chimney's to make.
        case .removed: break
        }
    }

    deinit { if fault == .forbidden { chmod(directory, 0o770) } }
}
