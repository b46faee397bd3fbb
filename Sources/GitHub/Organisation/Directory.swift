import Dragonfly
import Essentials
import FastCGI
import HTTPTypes
import Web

/// Knows which repositories of the organisation can be asked for, by the list that the cache has.
final class Directory {
    private let memory: MemoryTier
    private let proxy: Proxy
    /// The list that was read last, and what it has.
    private var known: (fetchedAt: Timestamp, repositories: Set<Repository>)?

    init(memory: MemoryTier, proxy: Proxy) {
        self.memory = memory
        self.proxy = proxy
    }

    /// The repository with this name, spelled as GitHub spells it.
    ///
    /// - Throws: `Problem` 404 where there is none that can be asked for, 503 where nobody knows yet; `StoreError`.
    func find(_ repository: Repository, for request: Request, _ context: Context) throws -> Repository {
        guard let content = try list(for: request, context) else {
            throw Problem(
                .serviceUnavailable,
                "The repositories of the organisation are being looked up; send the request again in a second.",
                headers: [.retryAfter: "1"])
        }
        if known?.fetchedAt != content.fetchedAt {
            known = (content.fetchedAt, RepositoryList.repositories(in: content))
        }
        guard let set = known?.repositories, let index = set.firstIndex(of: repository) else {
            throw Problem(
                .notFound, "The organisation has no such repository that can be asked for; see /api/github/org/repos.")
        }
        return set[index]
    }

    /// However old it is: the agents renew it.
    private func list(for request: Request, _ context: Context) throws -> CacheEntry.Content? {
        let cache = CacheStore(store: context.store)
        do throws(StoreError) {
            if let content = try cache.read(Resource.organisation.key).entry?.content { return content }
        } catch .unavailable {
            if let content = memory.entry(for: Resource.organisation.key)?.content { return content }
        }
        if context.handsOver(request) {
            let hold = Hold(until: context.now.adding(milliseconds: CacheStore.fetchLimit))
            let job = FetchJob(.organisation, hold: hold, parent: context.span)
            _ = try cache.join(Resource.organisation.key, hold: hold, job: job, now: context.now)
            return nil
        }
        let response = try proxy.answer(.organisation, to: request, context)
        guard response.status == .ok else { return nil }
        return CacheEntry.Content(
            status: 200, etag: nil, headers: [], body: response.body, fetchedAt: context.now)
    }
}
