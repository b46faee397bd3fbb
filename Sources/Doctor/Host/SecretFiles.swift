import Glibc

/// The directory of secrets that systemd hands to the service as credentials, while the service does not run.
public enum SecretFiles {
    /// Files that are looked at: more are no secrets of chimney's.
    private static let limit = 1000

    /// The settings that its files stand for: that of the file `deploy_token` is `DEPLOY_TOKEN_FILE`.
    ///
    /// - Parameter path: the directory; one that cannot be read is empty.
    public static func variables(of path: String) -> [String: String] {
        guard let directory = opendir(path) else { return [:] }
        defer { closedir(directory) }
        var variables: [String: String] = [:]
        while variables.count < limit, let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { variables[name.uppercased() + "_FILE"] = "\(path)/\(name)" }
        }
        return variables
    }
}
