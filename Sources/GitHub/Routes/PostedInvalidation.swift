import Essentials
import Web

/// What `POST /api/cache/invalidate` is sent.
struct PostedInvalidation: FieldReadable {
    /// What is to be invalidated; nil where the fields do not say.
    let scope: CacheStore.Scope?
    /// Why, for the log and the event.
    let reason: String?

    private static let prefixLimit = 1024
    private static let reasonLimit = 500

    init(reading fields: inout FieldReader) {
        let isAll: Bool
        switch fields.value("all") {
        case .missing: isAll = false
        case .bool(let value): isAll = value
        default:
            isAll = false
            fields.reject("all", "has to be true or false")
        }
        let prefix = Self.prefix(&fields, isRequired: !isAll)
        scope = isAll ? .all : prefix.map { .prefix($0) }
        switch fields.value("reason") {
        case .missing: reason = nil
        case .string(let text) where text.unicodeScalars.count <= Self.reasonLimit: reason = text
        default:
            reason = nil
            fields.reject("reason", "has to be a text of at most \(Self.reasonLimit) characters")
        }
    }

    /// The prefix as keys are spelled.
    private static func prefix(_ fields: inout FieldReader, isRequired: Bool) -> String? {
        // Earlier clients call it so.
        let name = fields.value("prefix") == .missing && fields.value("path") != .missing ? "path" : "prefix"
        switch fields.value(name) {
        case .missing where !isRequired: return nil
        case .string(let text)
        where text.hasPrefix("/") && text.utf8.count <= prefixLimit && !text.unicodeScalars.contains(where: \.isControl):
            return PercentEncoding.encode(text, keeping: "/?&=%!$'()*+,;:@")
        default:
            let rule = "has to be a text of at most \(prefixLimit) bytes that begins with /"
            fields.reject(name, isRequired ? "is required, unless all is true: it \(rule)" : rule)
            return nil
        }
    }
}
