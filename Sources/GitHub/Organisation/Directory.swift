import Dragonfly
import Essentials
import FastCGI
import HTTPTypes
import Web

/// Knows which repositories of the organisation can be asked for, by the list that the cache has.
final class Directory {
    private let rules: RepositoryList
    private let memory: MemoryTier
    private let proxy: Proxy
    /// The list that was read last, and what it has.
    private var known: (fetchedAt: Timestamp, repositories: Set<Repository>)?

    /// - Parameter rules: which repositories are left out.
    init(_ rules: RepositoryList, memory: MemoryTier, proxy: Proxy) {
        self.rules = rules
        self.memory = memory
        self.proxy = proxy
    }

    /// The repository with this name, spelled as GitHub spells it.
    ///
    /// - Throws: `Problem` 404 where there is none that can be asked for, another one where nobody knows yet;
    ///   `StoreError`.
    func find(_ repository: Repository, for request: Request, _ context: Context) throws -> Repository {
        let content = try list(for: request, context)
        if known?.fetchedAt != content.fetchedAt {
            known = (content.fetchedAt, RepositoryList.repositories(in: content))
        }
        guard let set = known?.repositories, let index = set.firstIndex(of: repository),
            !rules.isExcluded(repository)
        else {
            throw Problem(
                .notFound, "The organisation has no such repository that can be asked for; see /api/github/org/repos.")
        }
        return set[index]
    }

    /// However old it is: the agents renew it.
    private func list(for request: Request, _ context: Context) throws -> CacheEntry.Content {
        let cache = CacheStore(store: context.store)
        do {
            if let content = try cache.read(Resource.organisation.key).entry?.content { return content }
            if context.handsOver(request) { throw try want(cache, context) }
        } catch StoreError.unavailable {
            if let content = memory.entry(for: Resource.organisation.key)?.content { return content }
        }
        // The process looks itself.
        let response = try proxy.unconditionalAnswer(.organisation, to: request, context)
        guard response.status == .ok else { throw Self.unknown }
        return CacheEntry.Content(
            status: 200, etag: nil, headers: [], body: response.body, fetchedAt: context.now)
    }

    /// Has the agents look, and says what the client is told meanwhile.
    private func want(_ cache: CacheStore, _ context: Context) throws(StoreError) -> Problem {
        let hold = Hold(until: context.now.adding(milliseconds: CacheStore.fetchLimit))
        let job = FetchJob(.organisation, hold: hold, parent: context.span)
        let joined = try cache.join(.organisation, hold: hold, job: job, waits: false, now: context.now)
        if case .refused(let obstacle) = joined { return Fetch.Lack.obstacle(obstacle).problem(at: context.now) }
        return Self.unknown
    }

    private static let unknown = Problem(
        .serviceUnavailable,
        "The repositories of the organisation are being looked up; send the request again in a second.",
        headers: [.retryAfter: "1"])
}
