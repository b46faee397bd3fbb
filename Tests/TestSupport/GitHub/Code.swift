import Foundation

extension FakeGitHub {
    /// A commit.
    public struct Commit: Sendable {
        /// Its name, 40 hex digits.
        public let sha: String
        /// The commit before; nil for the first.
        public let parent: String?
        /// What it says.
        public let message: String
        /// The login of its author.
        public let author: String
        /// When it was made.
        public let time: Date

        /// The first line of what it says.
        public var title: String { String(message.prefix { $0 != "\n" }) }
    }

    /// A release.
    public struct Release: Sendable {
        /// GitHub's number of it.
        public let id: Int
        /// Its tag.
        public let tag: String
        /// What it is called.
        public var name: String?
        /// What is new.
        public var body: String?
        /// Whether it is not published yet.
        public var isDraft: Bool
        /// Whether it is not for everybody.
        public var isPrerelease: Bool
        /// The login of its author.
        public var author: String
        /// When it was made.
        public let createdAt: Date
        /// When it was published; nil for a draft.
        public var publishedAt: Date?
    }

    /// A deployment.
    public struct Deployment: Sendable {
        /// One word about how it is.
        public struct Status: Sendable {
            /// GitHub's number of it.
            public let id: Int
            /// `queued`, `in_progress`, `success`, `failure`, …
            public let state: String
            /// A sentence.
            public let description: String
            /// When it was said.
            public let time: Date
        }

        /// GitHub's number of it.
        public let id: Int
        /// The branch, tag or commit that was asked for.
        public let ref: String
        /// The commit.
        public let sha: String
        /// Where to.
        public let environment: String
        /// A sentence.
        public var description: String?
        /// What whoever made it has added for himself.
        public var payload: JSON
        /// The login of who made it.
        public var creator: String
        /// When it was made.
        public let createdAt: Date
        /// When something about it was changed.
        public var updatedAt: Date
        /// What was said of it, the newest last.
        public var statuses: [Status] = []
    }
}

extension FakeGitHub.Repository {
    /// The commit of a name; nil where there is none.
    public subscript(commit sha: String) -> FakeGitHub.Commit? { commits.last { $0.sha == sha } }

    /// Pushes a commit to a branch, which is made from the default one if it is new, and returns its name.
    @discardableResult
    public mutating func push(_ message: String, to branch: String? = nil, author: String = "octocat") -> String {
        let branch = branch ?? defaultBranch
        let sha = newSHA()
        commits.append(
            FakeGitHub.Commit(
                sha: sha, parent: branches[branch] ?? branches[defaultBranch], message: message, author: author,
                time: now))
        branches[branch] = sha
        pushedAt = max(pushedAt, now)
        touch()
        return sha
    }

    /// Publishes a release, and returns its id.
    @discardableResult
    public mutating func publish(
        _ tag: String, name: String? = nil, body: String? = nil, isDraft: Bool = false, isPrerelease: Bool = false,
        author: String = "octocat"
    ) -> Int {
        releases.append(
            FakeGitHub.Release(
                id: newID(), tag: tag, name: name ?? tag, body: body, isDraft: isDraft, isPrerelease: isPrerelease,
                author: author, createdAt: now, publishedAt: isDraft ? nil : now))
        touch()
        return releases[releases.count - 1].id
    }

    /// Makes a deployment of the newest commit of a branch, or of a commit, and returns its id.
    @discardableResult
    public mutating func deploy(
        _ ref: String? = nil, to environment: String = "production", description: String? = nil,
        payload: JSON = .object([:]), creator: String = "octocat"
    ) -> Int {
        let ref = ref ?? defaultBranch
        deployments.append(
            FakeGitHub.Deployment(
                id: newID(), ref: ref, sha: branches[ref] ?? ref, environment: environment, description: description,
                payload: payload, creator: creator, createdAt: now, updatedAt: now))
        return deployments[deployments.count - 1].id
    }

    /// Says how a deployment is.
    ///
    /// - Parameter state: `queued`, `in_progress`, `success`, `failure`, …
    public mutating func setState(ofDeployment id: Int, _ state: String, description: String = "") {
        guard let index = deployments.firstIndex(where: { $0.id == id }) else { return }
        deployments[index].statuses.append(
            FakeGitHub.Deployment.Status(id: newID(), state: state, description: description, time: now))
        deployments[index].updatedAt = now
    }
}
