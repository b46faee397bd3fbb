import Essentials

/// An object of the services file, which is read member by member; every mistake is noted with its place.
///
/// Who reads a value that is wrong goes on with another one: of a file with mistakes nothing is used.
struct FileSection {
    /// Where it stands: `services.app`; empty for the file itself.
    let place: String
    private var values: [String: FileValue] = [:]
    /// The members that have been asked for, in that order.
    private var known: [String] = []
    private var isKnown: Set<String> = []
    /// The members in the order in which they stand.
    private(set) var names: [String] = []
    /// A sentence for each mistake: where it is, and the rule.
    private(set) var problems: [String] = []

    /// A section of these members.
    init(_ members: [(name: String, value: FileValue)], place: String) {
        self.place = place
        for (name, value) in members {
            if values.updateValue(value, forKey: name) == nil {
                names.append(name)
            } else {
                reject(name, "is there twice")
            }
        }
    }

    // MARK: Mistakes

    /// Notes that a member breaks a rule.
    mutating func reject(_ name: String, _ rule: String) { note(place(of: name), rule) }

    /// Notes that the section itself breaks a rule.
    mutating func refuse(_ rule: String) { note(place, rule) }

    private mutating func note(_ place: String, _ rule: String) { problems.append("\(place): \(rule)") }

    /// Names of the file's author's may be anything; what is shown of them is one line, and no long one.
    private func place(of name: String) -> String {
        let isPlain = (1...64).contains(name.utf8.count) && name.utf8.allSatisfy(\.isNameByte)
        let shown = String(name.unicodeScalars.prefix(64)).withoutControls
        let step = isPlain ? name : "\"\(shown)\""
        return place.isEmpty ? step : "\(place).\(step)"
    }

    /// Notes every member that nobody has asked for.
    mutating func close() {
        for name in names where !isKnown.contains(name) {
            reject(name, "is not known here; known are \(known.joined(separator: ", "))")
        }
    }

    // MARK: Members

    /// Whether a member is there, whatever it is.
    func has(_ name: String) -> Bool { values[name] != nil }

    /// A member's value; nil where it is absent.
    private mutating func value(_ name: String) -> FileValue? {
        if isKnown.insert(name).inserted { known.append(name) }
        return values[name]
    }

    /// Makes members known that another strategy reads.
    ///
    /// - Parameter rule: why they may not be here; nil where they may be.
    mutating func pass(_ names: [String], rule: String?) {
        for name in names where value(name) != nil {
            if let rule { reject(name, rule) }
        }
    }

    /// A text; nil where it is absent or wrong.
    mutating func text(_ name: String, _ rule: TextRule) -> String? {
        guard let value = value(name) else { return nil }
        if case .text(let text) = value, rule.accepts(text) { return text }
        reject(name, "has to be \(rule.description)")
        return nil
    }

    /// A text that has to be there; empty where it is absent or wrong.
    mutating func requiredText(_ name: String, _ rule: TextRule) -> String {
        if !has(name) { reject(name, "is missing: \(rule.description)") }
        return text(name, rule) ?? ""
    }

    /// A whole number; what stands for it where it is absent, nil where it is wrong.
    mutating func number(_ term: Term, standard: Int? = nil) -> Int? {
        guard let value = value(term.name) else { return standard ?? term.standard }
        if case .integer(let number) = value, term.range.contains(Int(number)) {
            return Int(number)
        }
        reject(term.name, "has to be a whole number from \(term.range.lowerBound) to \(term.range.upperBound)")
        return nil
    }

    /// A list of texts of which no two differ by case only; nil where it is absent. What is wrong in it is left out.
    mutating func texts(_ name: String, _ rule: TextRule, count: ClosedRange<Int>) -> [String]? {
        guard let value = value(name) else { return nil }
        guard case .array(let elements) = value, count.contains(elements.count) else {
            reject(name, "has to be a list of \(count.lowerBound) to \(count.upperBound) texts")
            return nil
        }
        var texts: [String] = []
        var seen: Set<String> = []
        for (index, element) in elements.enumerated() {
            guard case .text(let text) = element, rule.accepts(text) else {
                note("\(place(of: name))[\(index)]", "has to be \(rule.description)")
                continue
            }
            if seen.insert(text.lowercased()).inserted {
                texts.append(text)
            } else {
                note("\(place(of: name))[\(index)]", "repeats \(text)")
            }
        }
        return texts
    }

    /// An object; nil where it is absent or is none.
    ///
    /// - Parameter read: reads its members.
    mutating func section<Result>(_ name: String, _ read: (inout FileSection) -> Result) -> Result? {
        guard let value = value(name) else { return nil }
        guard case .object(let members) = value else {
            reject(name, "has to be an object")
            return nil
        }
        var section = FileSection(members, place: place(of: name))
        let result = read(&section)
        section.close()
        problems += section.problems
        return result
    }
}
