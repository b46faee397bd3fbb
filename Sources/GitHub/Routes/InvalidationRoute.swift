import Essentials
import FastCGI
import HTTPTypes
import Logging
import Telemetry
import Web

extension EventType {
    /// Entries of the cache were invalidated.
    static let cacheInvalidated = EventType("cache.invalidated")
    /// An entry was dropped because it was too old, or because there were too many.
    static let cacheEvicted = EventType("cache.evicted")
}

extension GitHub {
    /// How many entries an invalidation has dropped, by tier.
    struct Invalidated {
        var dragonfly = 0
        var memory = 0

        var total: Int { dragonfly + memory }
    }

    func invalidate(_ request: Request, _ context: Context) throws -> Response {
        let posted = try FieldReader.read(PostedInvalidation.self, from: context.body)
        guard let scope = posted.scope.map(ownSpelling) else { throw Problem.badRequest("Send prefix, or all.") }
        guard scope != .all || settings.mayInvalidateAll else {
            throw Problem(
                .forbidden, "Name a prefix: this server does not allow all, unless INVALIDATE_ALL_ALLOWED=true is set.")
        }
        let done = try invalidate([scope], reason: posted.reason, tellsNothing: true, context)
        context.logger.info(
            "cache invalidated",
            metadata: [
                "prefix": "\(scope.prefix)", "deleted": "\(done.total)", "reason": "\(posted.reason ?? "")",
                "token": "\(context.caller ?? "")",
            ])
        return .json(
            JSONWriter.object { json in
                json.member("deleted", done.total)
                json.member("dragonfly", done.dragonfly)
                json.member("memory", done.memory)
            })
    }

    /// Invalidates on all hosts: in the store and here at once; other hosts' agents follow.
    ///
    /// - Parameter tellsNothing: whether an event is sent also where there was nothing to drop.
    /// - Throws: `StoreError`; then nothing is invalidated, or not all of it, and it has to be done again.
    func invalidate(
        _ scopes: [CacheStore.Scope], reason: String?, tellsNothing: Bool, _ context: Context
    ) throws -> Invalidated {
        var done = Invalidated()
        context.count(.cacheInvalidations)
        for scope in scopes {
            let dropped = try CacheStore(store: context.store).invalidate(scope)
            done.dragonfly += dropped
            let files =
                switch scope {
                case .prefix(let prefix): fetcher.memory.remove(prefix: prefix)
                case .all: fetcher.memory.removeAll()
                }
            done.memory += files
            guard tellsNothing || dropped + files > 0 else { continue }
            context.emit(.cacheInvalidated) { json in
                json.member("prefix", scope == .all ? nil : scope.prefix)
                json.member("deleted", dropped + files)
                json.member("reason", reason)
            }
        }
        context.record.invalidatedKeys = done.total
        return done
    }

    /// The own repository by its full name is spelled without it in the cache. Beside others of its organisation, a prefix of
    /// nothing but its name, or of less than that, covers it whole: then everything goes.
    private func ownSpelling(_ scope: CacheStore.Scope) -> CacheStore.Scope {
        guard case .prefix(let prefix) = scope, let repository = settings.repository else { return scope }
        let (name, asked) = ("/\(repository.fullName)".lowercased(), prefix.lowercased())
        if asked.hasPrefix(name + "/") || asked.hasPrefix(name + "?") {
            let rest = prefix.dropFirst(name.count)
            return .prefix(rest.hasPrefix("?") ? "/\(rest)" : String(rest))
        }
        let owner = "/\(repository.owner)".lowercased()
        return settings.organisation != nil && name.hasPrefix(asked) && asked.hasPrefix(owner) ? .prefix("/") : scope
    }
}
