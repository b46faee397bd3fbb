import Crypto
import Dragonfly
import Essentials
import FastCGI
import HTTPTypes
import Logging
import Telemetry
import Web

extension EventType {
    /// GitHub has told of something.
    static let webhook = EventType("webhook")
}

extension GitHub {
    /// Bytes that a delivery may have: GitHub's own limit.
    static let webhookLimit = 25 << 20
    /// Milliseconds for which a delivery is remembered.
    private static let memory = 24 * 3_600_000

    func receive(_ request: Request, _ context: Context) throws -> Response {
        let hook = try Webhook(request, body: context.body)
        if hook.event == "ping" { return .json(JSONWriter.object { $0.member("event", "ping") }) }
        guard StaleScopes.knows(hook.event) else { return Self.taken(hook, ignored: true) }
        let digest = Hex.string(Array(SHA256.hash(data: Array(hook.delivery.utf8)).prefix(16)))
        let seen = context.store.key("seen:webhook:\(digest)")
        guard try context.store.run(Command("EXISTS", seen)).integer == 0 else { return Self.repeated(hook) }

        // First what can be done twice without harm: should it fail, GitHub's next attempt does it.
        let done = try invalidate(
            scopes(of: hook), reason: "webhook \(hook.event)", tellsNothing: false, context)
        let isFirst = try context.store.run(Command("SET", seen, "1", "NX", "PX", String(Self.memory)))
        guard isFirst != .null else { return Self.repeated(hook) }
        context.emit(.webhook) { json in
            json.member("event", hook.event)
            json.member("action", hook.action)
            json.member("repository", hook.repository?.fullName)
        }
        context.logger.info(
            "webhook received",
            metadata: [
                "event": "\(hook.event)", "action": "\(hook.action ?? "")",
                "repository": "\(hook.repository?.fullName ?? "")", "invalidated": "\(done.total)",
            ])
        return Self.taken(hook, ignored: false, invalidated: done.total)
    }

    private func scopes(of hook: Webhook) -> [CacheStore.Scope] {
        guard let repository = hook.repository else { return [] }
        let isOwn = repository == settings.repository
        let isOfOrganisation = repository.owner.lowercased() == settings.organisation?.lowercased()
        return isOwn || isOfOrganisation ? StaleScopes.of(hook.event, in: repository, isOwn: isOwn) : []
    }

    private static func taken(_ hook: Webhook, ignored: Bool, invalidated: Int = 0) -> Response {
        .json(
            JSONWriter.object { json in
                json.member("event", hook.event)
                json.member("ignored", ignored)
                json.member("invalidated", invalidated)
            }, status: .accepted)
    }

    private static func repeated(_ hook: Webhook) -> Response {
        .json(
            JSONWriter.object { json in
                json.member("event", hook.event)
                json.member("duplicate", true)
            })
    }
}
