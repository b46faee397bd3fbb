import Essentials
import Web

extension FieldReader {
    /// A text in one line: without control characters. Empty is as good as absent.
    mutating func line(_ name: String, isRequired: Bool = false, limit: Int = Facet.limit) -> String? {
        switch value(name) {
        case .missing where !isRequired, .string("") where !isRequired: return nil
        case .string(let text)
        where !text.isEmpty && text.unicodeScalars.count <= limit
            && !text.unicodeScalars.contains(where: \.isControl):
            return text
        default:
            refuse(
                name,
                "a text of \(isRequired ? "1 to" : "at most") \(limit) characters, none of them a control character")
            return nil
        }
    }

    /// A text of any characters. Empty is as good as absent.
    mutating func text(_ name: String, limit: Int) -> String? {
        switch value(name) {
        case .missing, .string(""): return nil
        case .string(let text) where text.unicodeScalars.count <= limit: return text
        default:
            reject(name, "has to be a text of at most \(limit) characters")
            return nil
        }
    }

    /// One of some words. Empty is as good as absent.
    mutating func choice(_ name: String, of words: [String], isRequired: Bool = false) -> String? {
        switch value(name) {
        case .missing where !isRequired, .string("") where !isRequired: return nil
        case .string(let text) where words.contains(text): return text
        default:
            refuse(name, "one of \(words.joined(separator: ", "))")
            return nil
        }
    }

    /// Notes that a field is not what it has to be, or is not there and has to.
    private mutating func refuse(_ name: String, _ rule: String) {
        let isAbsent = [.missing, .string("")].contains(value(name))
        reject(name, isAbsent ? "is required: \(rule)" : "has to be \(rule)")
    }

    /// A truth value.
    mutating func flag(_ name: String, default fallback: Bool) -> Bool {
        switch value(name) {
        case .missing: return fallback
        case .bool(let flag): return flag
        default:
            reject(name, "has to be true or false")
            return fallback
        }
    }
}
