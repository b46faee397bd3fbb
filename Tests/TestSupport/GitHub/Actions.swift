import Foundation

extension FakeGitHub {
    /// A workflow.
    public struct Workflow: Sendable {
        /// GitHub's number of it.
        public let id: Int
        /// Its file below `.github/workflows`.
        public let file: String
        /// What it calls itself.
        public let name: String
        /// When it was added.
        public let createdAt: Date
    }

    /// A run of a workflow.
    public struct WorkflowRun: Sendable {
        /// GitHub's number of it.
        public let id: Int
        /// The file of the workflow.
        public let file: String
        /// The name of the workflow.
        public let name: String
        /// The title of the commit.
        public var title: String
        /// Which run of this workflow it is, from 1.
        public let number: Int
        /// What caused it: `push`, `pull_request`, `schedule`, …
        public var event: String
        /// `queued`, `in_progress`, `completed`, …
        public var status: String
        /// `success`, `failure`, `cancelled`, …; nil before it is completed.
        public var conclusion: String?
        /// The branch that it ran for.
        public var branch: String
        /// The commit that it ran for.
        public var sha: String
        /// The login of who caused it.
        public var actor: String
        /// When it was asked for.
        public let createdAt: Date
        /// When it was started.
        public var startedAt: Date
        /// When something about it was changed.
        public var updatedAt: Date
    }
}

extension FakeGitHub.Repository {
    /// The run of a number; nil where there is none.
    public subscript(run id: Int) -> FakeGitHub.WorkflowRun? {
        get { runs.first { $0.id == id } }
        set {
            guard let index = runs.firstIndex(where: { $0.id == id }) else { return }
            if let newValue { runs[index] = newValue } else { runs.remove(at: index) }
        }
    }

    /// Adds a workflow.
    public mutating func addWorkflow(_ file: String, name: String) {
        workflows.append(FakeGitHub.Workflow(id: newID(), file: file, name: name, createdAt: now))
        files[".github/workflows/\(file)"] = "name: \(name)\n"
    }

    /// Starts a workflow, which is added if it is new, for the newest commit of a branch.
    ///
    /// - Parameter status: `queued` or `in_progress`.
    /// - Returns: the run's id.
    @discardableResult
    public mutating func run(
        _ file: String, event: String = "push", branch: String? = nil, status: String = "in_progress",
        actor: String = "octocat"
    ) -> Int {
        if !workflows.contains(where: { $0.file == file }) {
            addWorkflow(file, name: String(file.prefix { $0 != "." }))
        }
        let branch = branch ?? defaultBranch
        let sha = branches[branch] ?? ""
        runs.append(
            FakeGitHub.WorkflowRun(
                id: newID(), file: file, name: workflows.first { $0.file == file }?.name ?? file,
                title: self[commit: sha]?.title ?? "", number: (runs.last { $0.file == file }?.number ?? 0) + 1,
                event: event,
                status: status, branch: branch, sha: sha, actor: actor, createdAt: now, startedAt: now, updatedAt: now))
        return runs[runs.count - 1].id
    }

    /// Changes a run, whose time of change it is then.
    public mutating func change(run id: Int, _ body: (inout FakeGitHub.WorkflowRun) -> Void) {
        guard var run = self[run: id] else { return }
        body(&run)
        run.updatedAt = now
        self[run: id] = run
    }

    /// Begins a run that was queued.
    public mutating func begin(run id: Int) {
        let time = now
        change(run: id) {
            $0.status = "in_progress"
            $0.startedAt = time
        }
    }

    /// Ends a run.
    ///
    /// - Parameter conclusion: `success`, `failure`, `cancelled`, …
    public mutating func complete(run id: Int, _ conclusion: String) {
        change(run: id) {
            $0.status = "completed"
            $0.conclusion = conclusion
        }
    }
}
