import Glibc

/// Reads the configuration from environment variables and collects every mistake, so that one start names them all.
public struct Settings {
    private let environment: [String: String]
    /// Copies ask for the same program.
    private let questions = Questions()
    /// Files are read once: every process that is forked later has the same secrets, whatever has become of the file.
    private var knownSecrets: [String: [NamedSecret]] = [:]
    private var knownFiles: [String: [UInt8]] = [:]
    /// The credentials that were asked for, whether they are there or not.
    private var askedCredentials: Set<String> = []

    /// A sentence for each setting that is wrong: which variable, why, and how to set it.
    public private(set) var problems: [String] = []

    /// The names of all variables that were asked for so far: whatever else is set, nobody reads.
    public var namesAsked: Set<String> { questions.names }

    private final class Questions {
        var names: Set<String> = []
    }

    /// Reads from these variables.
    public init(environment: [String: String]) {
        self.environment = environment
    }

    /// Reads from the variables of this process.
    public static var ofProcess: Settings { Settings(environment: processVariables) }

    /// The variables of this process.
    public static var processVariables: [String: String] {
        var variables: [String: String] = [:]
        var entry = environ
        while let pointer = entry.pointee {
            let text = String(cString: pointer)
            if let split = text.firstIndex(of: "=") {
                variables[String(text[..<split])] = String(text[text.index(after: split)...])
            }
            entry += 1
        }
        return variables
    }

    /// A text, nil where the variable is unset or empty.
    public func string(_ name: String) -> String? {
        questions.names.insert(name)
        guard let value = environment[name], !value.isEmpty else { return nil }
        return value
    }

    /// Notes that a variable is wrong.
    public mutating func reject(_ name: String, _ remedy: String) {
        let problem = "\(name): \(remedy)"
        // Several capabilities may read the same.
        if !problems.contains(problem) { problems.append(problem) }
    }

    /// A text that `parse` understands; anything else is a problem that `remedy` explains.
    public mutating func value<Value>(
        _ name: String, default fallback: Value, remedy: String, parse: (String) -> Value?
    ) -> Value {
        guard let text = string(name) else { return fallback }
        if let value = parse(text) { return value }
        reject(name, remedy)
        return fallback
    }

    /// A truth value: `true` or `false`; `1`, `yes`, `on` and their opposites are understood as well.
    public mutating func bool(_ name: String, default fallback: Bool) -> Bool {
        value(name, default: fallback, remedy: "is neither true nor false; set one of them") {
            switch $0.lowercased() {
            case "true", "1", "yes", "on": true
            case "false", "0", "no", "off": false
            default: nil
            }
        }
    }

    /// A whole number in a range.
    public mutating func integer(_ name: String, default fallback: Int, in range: ClosedRange<Int>) -> Int {
        let remedy = "is not a whole number from \(range.lowerBound) to \(range.upperBound)"
        return value(name, default: fallback, remedy: remedy) { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// Secrets: those of the variable, of the file that `<name>_FILE` names, or else of systemd's credential
    /// `chimney_<name>`, the name in small letters.
    ///
    /// Several are separated by commas, each optionally with a name: `ci=abc,laptop=def`. Empty where none is set.
    /// A setting that is there but holds no secret is a mistake: it must not be taken for one that was left out.
    public mutating func secrets(_ name: String) -> [NamedSecret] {
        if let known = knownSecrets[name] { return known }
        let secrets = readSecrets(name)
        knownSecrets[name] = secrets
        return secrets
    }

    private mutating func readSecrets(_ name: String) -> [NamedSecret] {
        guard let text = secretText(name) else { return [] }
        guard !text.value.unicodeScalars.contains(where: Self.isNoText) else {
            reject(
                text.variable, "holds bytes that are no text; write random bytes as letters and digits, as base64 does")
            return []
        }
        guard let secrets = NamedSecret.list(text.value) else {
            reject(text.variable, "has a name without a secret; write name=secret, or leave the entry out")
            return []
        }
        if secrets.isEmpty { reject(text.variable, "holds no secret; put one there, or unset it") }
        return secrets
    }

    /// Whether a secret cannot have the character: what stands for bytes that are not UTF-8, so that many others would be taken for
    /// the secret, and control characters, which no client can send, but for what ends lines.
    private static func isNoText(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "\u{FFFD}" || scalar.isControl && !["\t", "\n", "\r"].contains(scalar)
    }

    /// The text of a variable that holds secrets, of the file that `<name>_FILE` names, or of the credential, and what
    /// it is from; nil where none is set, or the file is of no use.
    public mutating func secretText(_ name: String) -> (value: String, variable: String)? {
        let file = name + "_FILE"
        askedCredentials.insert(Self.credential(name))
        guard let path = string(file) else { return string(name).map { ($0, name) } ?? credentialText(name) }
        if string(name) != nil {
            reject(file, "is set together with \(name); unset one of them")
            return nil
        }
        guard let content = Self.contents(of: path) else {
            reject(file, Self.unreadable)
            return nil
        }
        return (String(decoding: content, as: UTF8.self), file)
    }

    /// A secret that `parse` understands, without the space around it; anything else is a problem that `remedy` explains.
    public mutating func secretValue<Value>(
        _ name: String, default fallback: Value, remedy: String, parse: (String) -> Value?
    ) -> Value {
        guard let text = secretText(name) else { return fallback }
        let trimmed = text.value.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed()
        if let value = parse(String(trimmed)) { return value }
        reject(text.variable, remedy)
        return fallback
    }

    /// Credentials that nothing has asked for: a name that is misspelt, or a secret that should not be here.
    public var unknownCredentials: [String] {
        guard let path = string(Self.credentialDirectory), let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasPrefix(Self.credentialPrefix), !askedCredentials.contains(name) { names.append(name) }
        }
        return names.sorted()
    }

    /// Where systemd has put the credentials of the service (systemd.exec(5), LoadCredential=), and what those begin
    /// with that are loaded from a directory under the name `chimney`.
    private static let credentialDirectory = "CREDENTIALS_DIRECTORY"
    private static let credentialPrefix = "chimney_"

    private static func credential(_ name: String) -> String { credentialPrefix + name.lowercased() }

    private mutating func credentialText(_ name: String) -> (value: String, variable: String)? {
        guard let directory = string(Self.credentialDirectory) else { return nil }
        let credential = Self.credential(name)
        let path = "\(directory)/\(credential)"
        guard access(path, F_OK) == 0 else { return nil }
        guard let content = Self.contents(of: path) else {
            reject("credential \(credential)", "cannot be read; check the permissions of its file")
            return nil
        }
        return (String(decoding: content, as: UTF8.self), "credential \(credential)")
    }

    /// What the file holds that a variable names, less than 64 KiB; nil where it is unset, or the file is of no use.
    public mutating func file(_ name: String) -> [UInt8]? {
        guard let path = string(name) else { return nil }
        if let known = knownFiles[name] { return known }
        guard let content = Self.contents(of: path) else {
            reject(name, Self.unreadable)
            return nil
        }
        guard content.count < Self.fileLimit else {
            reject(name, "names a file of 64 KiB or more; shorten it")
            return nil
        }
        knownFiles[name] = content
        return content
    }

    private static let unreadable = "names a file that cannot be read; check the path and its permissions"
    private static let fileLimit = 65_536

    private static func contents(of path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: fileLimit)
        var count = 0
        while count < bytes.count {
            let more = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress! + count, $0.count - count) }
            guard more >= 0 else { return nil }
            if more == 0 { break }
            count += more
        }
        return Array(bytes[..<count])
    }
}

/// A secret with the name that stands for it in logs. Describes itself by the name only.
public struct NamedSecret: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    /// What the log calls it; `default` where none was given.
    public let name: String
    /// The secret itself.
    public let value: String

    /// A secret with a name.
    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }

    /// The name, never the secret.
    public var description: String { name }

    /// The name, never the secret.
    public var debugDescription: String { name }

    /// The secrets of a comma-separated list; nil if one of them has a name and nothing else.
    ///
    /// An entry is named if a name of `A-Za-z0-9._-` and more than padding surround its first `=`, so that `c2VjcmV0==`
    /// is a secret and not a name. With a single `=` at its end it is a secret only if it looks like a long one in
    /// base64: `ci=` is what is left of `ci=$CI_TOKEN` where the variable is unset.
    public static func list(_ text: String) -> [NamedSecret]? {
        let entries = text.split(whereSeparator: { $0 == "," || $0.isNewline }).map { entry in
            String(entry.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
        }
        var secrets: [NamedSecret] = []
        for entry in entries where !entry.isEmpty {
            guard let secret = parse(entry) else { return nil }
            secrets.append(secret)
        }
        return secrets
    }

    private static func parse(_ entry: String) -> NamedSecret? {
        guard let split = entry.firstIndex(of: "="), split != entry.startIndex,
            entry[..<split].utf8.allSatisfy(\.isNameByte)
        else { return NamedSecret(name: "default", value: entry) }
        let value = entry[entry.index(after: split)...]
        if value.isEmpty, entry.utf8.count < 16 || entry.utf8.count % 4 != 0 { return nil }
        guard value.contains(where: { $0 != "=" }) else { return NamedSecret(name: "default", value: entry) }
        return NamedSecret(name: String(entry[..<split]), value: String(value))
    }
}

extension UInt8 {
    /// Whether the byte is one of `A-Za-z0-9._-`, the alphabet of names and request ids.
    public var isNameByte: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    /// Whether the byte is a hexadecimal digit.
    public var isHexDigit: Bool { hexDigitValue != nil }

    /// What the byte stands for as a hexadecimal digit; nil if it is none.
    public var hexDigitValue: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
