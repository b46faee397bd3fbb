import Agent
import Dragonfly
import Essentials
import FastCGI
import HTTPClient
import Logging
import Telemetry
import Web

/// The agent's part: fetches what workers want from GitHub, many at once, and leaves the outcome for those who wait.
final class FetchTask: AgentTask {
    let name = "GitHub fetches"

    /// Microseconds between two looks at the list: a client waits for the fetch.
    private static let interval: UInt64 = 20_000
    /// Fetches at a time. Each begins at once, for a session has connections for more than these; what is beyond is left
    /// to other hosts, or for later. GitHub takes 100 of all together
    /// (https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api).
    private static let limit = 32

    private struct Done {
        let job: [UInt8]
        let hold: Hold
        /// Nil where nobody waits for it.
        let answer: Result<Response, Problem>?
    }

    private let jobs: TakenJobs
    private let fetcher: Fetcher
    private var running: [[UInt8]] = []
    private var postponed: [() -> Void] = []
    private var done: [Done] = []
    private var isStopping = false

    init(_ fetcher: Fetcher, host: String) {
        self.fetcher = fetcher
        jobs = TakenJobs(FetchJob.list, host: host)
    }

    func step(_ agent: AgentContext) throws(StoreError) -> UInt64 {
        let due = postponed
        postponed = []
        for body in due { body() }
        try deliver(agent)
        let free = Self.limit - jobs.count
        if free > 0 {
            for job in try jobs.take(free, from: agent.store) { begin(job, agent) }
        }
        try deliver(agent)
        return MonotonicClock.microseconds + Self.interval
    }

    /// What is under way is left to the successor or to another host: clients wait for it, and a call may take its time.
    func stop(_ agent: AgentContext) throws(StoreError) -> Bool {
        isStopping = true
        try deliver(agent)
        let left = running
        running = []
        try jobs.giveBack(left, to: agent.store)
        jobs.leave(agent.store)
        return true
    }

    private func begin(_ stored: [UInt8], _ agent: AgentContext) {
        guard let job = FetchJob(stored), let hold = Hold(id: job.hold) else {
            agent.log.error("the list of fetches holds what is none; it is left out")
            jobs.finish([stored], in: agent.store)
            return
        }
        running.append(stored)
        let outside = fetcher.outside(store: agent.store, log: agent.log, isPatient: true) {
            [unowned self] call, completion in
            agent.start(call, for: self, completion: completion)
        } emit: { type, data in
            agent.emit(type, data: data)
        } count: { sample in
            agent.count(sample)
        } later: { [unowned self] body in
            postponed.append(body)
        }
        let parent = job.parent.flatMap { TraceParent($0) }
        fetcher.fetch(job.resource, hold: hold, deadline: hold.limit.deadline, parent: parent, outside) {
            [unowned self] outcome, isAwaited in
            guard let index = running.firstIndex(of: stored), !isStopping else { return }
            guard let answer = fetcher.answer(outcome, about: job.resource, outside) else { return }
            running.remove(at: index)
            done.append(Done(job: stored, hold: hold, answer: isAwaited ? answer : nil))
        }
    }

    /// Leaves outcomes where those look who wait for them.
    private func deliver(_ agent: AgentContext) throws(StoreError) {
        while let first = done.first {
            if let answer = first.answer { try Fetcher.deliver(answer, to: first.hold, in: agent.store) }
            jobs.finish([first.job], in: agent.store)
            done.removeFirst()
        }
    }
}
