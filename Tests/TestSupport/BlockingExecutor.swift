import Dispatch

/// Runs tasks that block on threads of their own, so that the few that Swift has for all tasks stay free.
public final class BlockingExecutor: TaskExecutor {
    /// The one that there is.
    public static let shared = BlockingExecutor()

    private let queue = DispatchQueue(label: "blocking", attributes: .concurrent)

    /// Runs a part of a task.
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = asUnownedTaskExecutor()
        queue.async { job.runSynchronously(on: executor) }
    }
}
