import Foundation

extension FakeGitHub {
    /// An issue, or a pull request, which GitHub takes for an issue with more to it.
    public struct Issue: Sendable {
        /// GitHub's number of it among all issues of the world.
        public let id: Int
        /// Its number in the repository.
        public let number: Int
        /// What it is about.
        public var title: String
        /// The text below.
        public var body: String?
        /// The login of who opened it.
        public var author: String
        /// The names of its labels.
        public var labels: [String]
        /// Whether it has not been closed.
        public var isOpen = true
        /// How many comments it has.
        public var comments = 0
        /// When it was opened.
        public let createdAt: Date
        /// When something about it was changed.
        public var updatedAt: Date
        /// When it was closed or merged.
        public var closedAt: Date?
        /// What a pull request has besides; nil for an issue.
        public var pull: Pull?
    }

    /// What a pull request has that an issue has not.
    public struct Pull: Sendable {
        /// GitHub's number of it among all pull requests of the world.
        public let id: Int
        /// The branch that is to be merged.
        public let head: String
        /// Its newest commit.
        public var headSHA: String
        /// The newest commit of the branch that it is to be merged into.
        public var baseSHA: String
        /// Whether it is not ready for review.
        public var isDraft: Bool
        /// When it was merged.
        public var mergedAt: Date?
        /// The commit that merged it.
        public var mergeSHA: String?
    }
}

extension FakeGitHub.Repository {
    /// The issue or pull request of a number; nil where there is none.
    public subscript(issue number: Int) -> FakeGitHub.Issue? {
        get { issues.first { $0.number == number } }
        set {
            guard let index = issues.firstIndex(where: { $0.number == number }) else { return }
            if let newValue { issues[index] = newValue } else { issues.remove(at: index) }
        }
    }

    /// Opens an issue, and returns its number.
    @discardableResult
    public mutating func openIssue(
        _ title: String, labels: [String] = [], body: String? = nil, author: String = "octocat"
    ) -> Int {
        let number = (issues.last?.number ?? 0) + 1
        issues.append(
            FakeGitHub.Issue(
                id: newID(), number: number, title: title, body: body, author: author, labels: labels, createdAt: now,
                updatedAt: now))
        touch()
        return number
    }

    /// Opens a pull request with one commit on a branch of its own, and returns its number.
    @discardableResult
    public mutating func openPull(
        _ title: String, labels: [String] = [], body: String? = nil, author: String = "octocat", isDraft: Bool = false
    ) -> Int {
        let number = openIssue(title, labels: labels, body: body, author: author)
        let branch = "change-\(number)"
        let base = branches[defaultBranch] ?? ""
        let sha = push(title, to: branch, author: author)
        let pull = FakeGitHub.Pull(id: newID(), head: branch, headSHA: sha, baseSHA: base, isDraft: isDraft)
        self[issue: number]?.pull = pull
        return number
    }

    /// Changes an issue or a pull request, whose time of change it is then.
    public mutating func change(_ number: Int, _ body: (inout FakeGitHub.Issue) -> Void) {
        guard var issue = self[issue: number] else { return }
        body(&issue)
        issue.updatedAt = now
        self[issue: number] = issue
        touch()
    }

    /// Closes an issue, or a pull request without merging it.
    public mutating func close(_ number: Int) {
        let time = now
        change(number) {
            $0.isOpen = false
            $0.closedAt = time
        }
    }

    /// Opens again what was closed.
    public mutating func reopen(_ number: Int) {
        change(number) {
            $0.isOpen = true
            $0.closedAt = nil
        }
    }

    /// Merges a pull request, and returns the commit that does.
    ///
    /// - Parameter isSquashed: whether its commits become one with its title.
    @discardableResult
    public mutating func merge(_ number: Int, isSquashed: Bool = false) -> String {
        guard let issue = self[issue: number], let pull = issue.pull else { return "" }
        let message =
            isSquashed
            ? "\(issue.title) (#\(number))"
            : "Merge pull request #\(number) from \(owner)/\(pull.head)\n\n\(issue.title)"
        let sha = push(message, author: issue.author)
        close(number)
        let time = now
        self[issue: number]?.pull?.mergedAt = time
        self[issue: number]?.pull?.mergeSHA = sha
        return sha
    }
}
