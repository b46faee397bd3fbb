import Essentials

/// The services file: which services there are, and how they are deployed. The README describes its format.
struct ServicesFile: Equatable, Sendable {
    /// By their names.
    let services: [String: Service]

    /// The names of all services, sorted.
    var names: [String] { services.keys.sorted() }

    /// Reads a file.
    ///
    /// - Returns: the file, nil where anything in it is wrong; and a sentence for each mistake, with its place.
    static func parse(_ bytes: [UInt8]) -> (file: ServicesFile?, problems: [String]) {
        let value: FileValue
        do throws(FileValue.Unreadable) {
            value = try FileValue.read(bytes)
        } catch {
            return (nil, [error.reason])
        }
        guard case .object(let members) = value else { return (nil, ["has to be a JSON object"]) }
        var file = FileSection(members, place: "")
        if !file.has("services") { file.reject("services", "is missing: an object of services by their names") }
        let services = file.section("services", read) ?? []
        file.close()
        let problems = file.problems + Self.conflicts(of: services)
        guard problems.isEmpty else { return (nil, problems) }
        return (ServicesFile(services: Dictionary(uniqueKeysWithValues: services.map { ($0.name, $0) })), [])
    }

    /// Reads the file that `DEPLOY_SERVICES_FILE` names; nil where it is unset, or where the file has mistakes, each of
    /// which is noted.
    static func read(_ settings: inout Settings) -> ServicesFile? {
        let name = "DEPLOY_SERVICES_FILE"
        guard let bytes = settings.file(name) else { return nil }
        let (file, problems) = parse(bytes)
        for problem in problems { settings.reject(name, problem) }
        return file
    }

    private static func read(_ section: inout FileSection) -> [Service] {
        var services: [Service] = []
        for name in section.names {
            if !TextRule.service.accepts(name) {
                section.reject(name, "is no name of a service: \(TextRule.service.description)")
            }
            if let service = section.section(name, { Service(name, &$0) }) { services.append(service) }
        }
        if services.isEmpty, section.problems.isEmpty {
            section.refuse("names no service; describe one, or unset DEPLOY_SERVICES_FILE")
        }
        return services
    }
}
