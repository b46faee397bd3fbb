import Logging

extension Logger.Level {
    /// The level of a name such as `warning`, as the API and `LOG_LEVEL` spell it; nil for any other text.
    public init?(name: String) {
        self.init(rawValue: name)
    }

    /// All names, for messages.
    public static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }
}
