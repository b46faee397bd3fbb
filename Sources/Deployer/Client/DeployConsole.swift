import Essentials
import Glibc

/// Where a client tells people what happens, line by line.
///
/// In a job of GitHub Actions, text of others must not be taken for commands of the workflow
/// (https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions#stopping-and-starting-workflow-commands):
/// they are stopped until the console is closed.
public final class DeployConsole {
    private let write: ([UInt8]) -> Void
    /// What ends the stop; nil where nothing has to be stopped.
    private let resumption: String?

    /// A console.
    ///
    /// - Parameters:
    ///   - isOnActions: whether GitHub Actions reads it.
    ///   - write: takes each line as soon as there is one.
    public init(isOnActions: Bool, write: @escaping ([UInt8]) -> Void = DeployConsole.standardOutput) {
        self.write = write
        resumption = isOnActions ? "resume-\(Hex.random(bytes: 16))" : nil
        if let resumption { put("::stop-commands::\(resumption)") }
    }

    /// Tells a text of one line or several. What terminals take for orders is left out.
    public func tell(_ text: String) {
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) { put(line.withoutControls) }
    }

    /// Ends the telling: with an annotation of the job where something went wrong.
    ///
    /// - Parameter failure: a title, and what went wrong; nil where nothing did.
    public func close(failure: (title: String, text: String)? = nil) {
        guard let resumption else { return }
        put("::\(resumption)::")
        guard let failure else { return }
        let lines = failure.text.split(separator: "\n").map(\.withoutControls).joined(separator: "\n")
        put("::error title=\(Self.escaped(failure.title, also: ":,"))::\(Self.escaped(lines))")
    }

    private func put(_ line: some StringProtocol) { write(Array(line.utf8) + [UInt8(ascii: "\n")]) }

    /// A text as data or, with more characters that have a meaning there, as a property of a workflow command.
    private static func escaped(_ text: String, also more: String = "") -> String {
        text.unicodeScalars.map { scalar in
            guard "%\r\n".unicodeScalars.contains(scalar) || more.unicodeScalars.contains(scalar) else {
                return String(scalar)
            }
            let code = String(scalar.value, radix: 16, uppercase: true)
            return "%" + (code.count < 2 ? "0" : "") + code
        }.joined()
    }

    /// Writes to descriptor 1, whole lines at once. Whoever does not read any more changes nothing.
    public static func standardOutput(_ line: [UInt8]) {
        var rest = line[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
