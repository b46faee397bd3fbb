import Essentials

extension AnyValue {
    /// How deeply values nest. A level takes three messages, and receivers refuse requests with more than 100 in each
    /// other (protobuf's recursion limit).
    static let depthLimit = 16

    /// Reads a JSON value as one of the same type; `null` is a value without content, and what is nested too deeply the
    /// text of its JSON.
    init(reading json: inout JSONReader, depth: Int = 0) throws(JSONReader.Fault) {
        self.init()
        switch try json.kind {
        case .string: value = .stringValue(try json.string())
        case .bool: value = .boolValue(try json.bool())
        case .null: try json.null()
        case .number:
            switch try json.number() {
            case .integer(let number): value = .intValue(number)
            case .real(let number): value = .doubleValue(number)
            }
        case .array where depth < Self.depthLimit:
            var array = ArrayValue()
            try json.array { (json) throws(JSONReader.Fault) in
                array.values.append(try AnyValue(reading: &json, depth: depth + 1))
            }
            value = .arrayValue(array)
        case .object where depth < Self.depthLimit:
            var list = KeyValueList()
            try json.object { (json, name) throws(JSONReader.Fault) in
                list.values.set(name, try AnyValue(reading: &json, depth: depth + 1))
            }
            value = .kvlistValue(list)
        case .array, .object: value = .stringValue(try json.text())
        }
    }

    /// The text, nil if it is none.
    var text: String? {
        if case .stringValue(let text) = value { text } else { nil }
    }

    /// The number, nil if it is none.
    var number: Double? {
        switch value {
        case .intValue(let number): Double(number)
        case .doubleValue(let number): number
        default: nil
        }
    }
}

extension [KeyValue] {
    /// Adds an attribute in place of one of the same name: names are to be unique.
    mutating func set(_ name: String, _ value: AnyValue) {
        if let index = firstIndex(where: { $0.key == name }) {
            self[index].value = value
        } else {
            append(KeyValue(name, value))
        }
    }
}
