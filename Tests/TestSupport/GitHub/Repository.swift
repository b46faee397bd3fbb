import Crypto
import Foundation

extension FakeGitHub {
    /// A repository: what GitHub knows of it, and what may happen to it. What happens, happens now, but within `at`.
    public struct Repository: Sendable {
        /// GitHub's number of it.
        public let id: Int
        /// The login of the user or organisation that it belongs to.
        public let owner: String
        /// Its name without the owner.
        public let name: String
        /// Whether the owner is an organisation.
        public var isOrganisations: Bool
        /// One line about it.
        public var description: String?
        /// The language that most of it is written in.
        public var language: String?
        /// Whether nothing may be changed any more.
        public var isArchived = false
        /// Whether it is hidden from the public.
        public var isPrivate = false
        /// The branch that pull requests are merged into.
        public let defaultBranch = "main"
        /// When it was made.
        public let createdAt: Date
        /// When something was changed.
        public var updatedAt: Date
        /// When something was pushed.
        public var pushedAt: Date

        /// Issues and pull requests, which share their numbers, by number.
        public var issues: [Issue] = []
        /// Workflows, by file.
        public var workflows: [Workflow] = []
        /// Runs of workflows, the newest last.
        public var runs: [WorkflowRun] = []
        /// Releases, the newest last.
        public var releases: [Release] = []
        /// Commits of all branches, the newest last.
        public var commits: [Commit] = []
        /// The newest commit of each branch.
        public var branches: [String: String] = [:]
        /// Deployments, the newest last.
        public var deployments: [Deployment] = []
        /// Text files by their path.
        public var files: [String: String] = [:]

        private var lastID: Int
        private var time: Date?

        /// A repository with one commit and nothing else.
        ///
        /// - Parameters:
        ///   - fullName: `owner/name`.
        ///   - id: GitHub's number of it.
        ///   - time: when it was made.
        public init(
            _ fullName: String, id: Int = 300_029_405, isOrganisations: Bool = true, description: String? = nil,
            language: String? = nil, time: Date = Date()
        ) {
            let parts = fullName.split(separator: "/", maxSplits: 1).map(String.init)
            self.id = id
            owner = parts.first ?? ""
            name = parts.last ?? ""
            self.isOrganisations = isOrganisations
            self.description = description
            self.language = language
            createdAt = time
            updatedAt = time
            pushedAt = time
            lastID = id * 1000
            at(time) { $0.push("Initial commit") }
        }

        /// `owner/name`
        public var fullName: String { "\(owner)/\(name)" }

        /// Open issues and open pull requests: GitHub counts both as issues.
        public var openIssuesCount: Int { issues.count { $0.isOpen } }

        /// The pull requests, by number.
        public var pulls: [Issue] { issues.filter { $0.pull != nil } }

        /// The time of what happens.
        var now: Date { time ?? Date() }

        /// Lets something happen at another time than now.
        @discardableResult
        public mutating func at<Result>(
            _ time: Date, _ body: (inout Repository) throws -> Result
        ) rethrows -> Result {
            let outer = self.time
            self.time = time
            defer { self.time = outer }
            return try body(&self)
        }

        /// A number that nothing in this repository has yet.
        mutating func newID() -> Int {
            lastID += 1
            return lastID
        }

        /// The name of a new commit.
        mutating func newSHA() -> String {
            SHA256.hash(data: Data("\(fullName) \(newID())".utf8)).prefix(20).map { byte in
                let digits = String(byte, radix: 16)
                return digits.count == 1 ? "0" + digits : digits
            }.joined()
        }

        /// Notes that something has changed.
        mutating func touch() { updatedAt = max(updatedAt, now) }
    }
}
