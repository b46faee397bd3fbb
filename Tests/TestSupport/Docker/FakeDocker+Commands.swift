import Foundation

/// A command that a `FakeDocker` was given.
public struct DockerCommand: Sendable, Equatable {
    /// Its number, the first is 1.
    public let number: Int
    /// When, in seconds since 1970.
    public let time: Double
    /// Its arguments.
    public let arguments: [String]
    /// The process.
    public let process: Int
    /// All variables that it got.
    public let variables: [String: String]
    /// The status that it ended with; nil while it runs, and if it was killed.
    public internal(set) var status: Int?

    /// The arguments without options: `compose up app`, for assertions on what was done.
    public var summary: String {
        var words: [String] = []
        var rest = arguments[...]
        while let word = rest.popFirst() {
            if ["--project-name", "--project-directory", "--file", "--format", "--tail", "--pull"].contains(word) {
                rest = rest.dropFirst()
            } else if !word.hasPrefix("--") {
                words.append(word)
            }
        }
        return words.joined(separator: " ")
    }
}

/// A place where a command of a `FakeDocker` waits for a test.
public struct DockerPause: Sendable {
    /// Whether it waits before it does anything, or after it has done everything.
    public enum Moment: String, Sendable { case before, after }

    fileprivate let docker: FakeDocker
    fileprivate let id: Int
    private var name: String { docker.file("pause-\(id)") }

    /// Waits until a command is there.
    ///
    /// - Returns: whether one came within `seconds`.
    public func waitUntilReached(within seconds: Double = patience) -> Bool {
        eventually(within: seconds) { FileManager.default.fileExists(atPath: "\(name).reached") }
    }

    /// Lets the command go on.
    public func resume() { _ = FileManager.default.createFile(atPath: "\(name).over", contents: nil) }
}

extension FakeDocker {
    /// The commands that it was given so far. Those of `run(_:service:tag:)` are among them.
    public var commands: [DockerCommand] {
        get throws {
            let path = directory.file("commands.log")
            guard FileManager.default.fileExists(atPath: path) else { return [] }
            var commands: [Int: DockerCommand] = [:]
            for line in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n") {
                // The last one may not be whole yet.
                guard let entry = try? JSONDecoder().decode(Entry.self, from: Data(line.utf8)) else { continue }
                if let arguments = entry.arguments {
                    commands[entry.number] = DockerCommand(
                        number: entry.number, time: entry.time ?? 0, arguments: arguments, process: entry.process ?? 0,
                        variables: entry.variables ?? [:])
                } else {
                    commands[entry.number]?.status = entry.status
                }
            }
            return commands.values.sorted { $0.number < $1.number }
        }
    }

    private struct Entry: Decodable {
        let number: Int
        let time: Double?
        let arguments: [String]?
        let process: Int?
        let variables: [String: String]?
        let status: Int?
    }

    /// The commands that change something, without their options: `pull …`, `compose stop app`.
    public var changes: [String] {
        get throws {
            try commands.map(\.summary).filter { summary in
                !["image inspect", "container inspect", "logs", "compose ps"].contains { summary.hasPrefix($0) }
            }
        }
    }

    /// Commands that it does not know.
    public var unknownCommands: [DockerCommand] { get throws { try commands.filter { $0.status == 64 } } }

    /// Has the next command that holds a text wait for the test.
    ///
    /// - Parameter text: what the arguments hold, joined by spaces: `up --detach`.
    public func pause(_ moment: DockerPause.Moment = .before, matching text: String) throws -> DockerPause {
        try pause(moment, number: 0, matching: text)
    }

    /// Has the command with this number wait for the test.
    public func pause(_ moment: DockerPause.Moment = .before, command number: Int) throws -> DockerPause {
        try pause(moment, number: number, matching: "")
    }

    private func pause(_ moment: DockerPause.Moment, number: Int, matching: String) throws -> DockerPause {
        try change { state in
            let id = state.pauses.count + 1
            state.pauses.append(
                .init(id: id, number: number, matching: matching, moment: moment.rawValue, used: false))
            return DockerPause(docker: self, id: id)
        }
    }
}
