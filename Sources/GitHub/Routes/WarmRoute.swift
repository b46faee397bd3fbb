import Essentials
import FastCGI
import HTTPTypes
import Web

extension GitHub {
    /// What is fetched ahead of those who ask: open pulls, open issues, the last runs, and what is made of them.
    private func warmed(_ repository: Repository) -> [Resource] {
        [
            Resource("/pulls", query: "state=open", of: repository, isOwn: true),
            Resource("/issues", query: "state=open", of: repository, isOwn: true),
            Resource("/actions/runs", query: "per_page=10", of: repository, isOwn: true),
            .summary,
        ]
    }

    func warm(_ request: Request, _ context: Context) throws -> Response {
        guard let repository = settings.repository else { throw Self.unconfigured }
        guard hasAgent else {
            throw Problem(
                .serviceUnavailable,
                "Ask a server that runs chimney's pool: its agent is what fetches in the background.")
        }
        let resources = warmed(repository)
        let cache = CacheStore(store: context.store)
        for resource in resources {
            let hold = Hold(until: context.now.adding(milliseconds: CacheStore.fetchLimit))
            // Where somebody fetches it already, or GitHub is to be left alone, there is nothing to add.
            _ = try cache.join(
                resource, hold: hold, job: FetchJob(resource, hold: hold, parent: context.span), waits: false,
                now: context.now)
        }
        return .json(
            JSONWriter.object { json in
                json.key("warming")
                json.array { list in for resource in resources { list.string(resource.key) } }
            }, status: .accepted)
    }
}
