import Essentials
import Testing

@testable import OTLP

private func attributes(_ variables: [String: String]) -> [String: String] {
    let pairs = resource(variables).message().attributes.map { ($0.key, $0.value.stringValue) }
    return Dictionary(pairs) { first, _ in "twice: \(first)" }
}

@Suite struct ResourceTests {
    @Test(
        "Where the attributes come from",
        arguments: [
            ([:], ["service.name": "chimney", "service.version": "1.2.3", "host.name": "here"]),
            (
                ["OTEL_SERVICE_NAME": "a", "OTEL_RESOURCE_ATTRIBUTES": "service.name=b"],
                ["service.name": "a", "service.version": "1.2.3", "host.name": "here"]
            ),
            (
                ["OTEL_RESOURCE_ATTRIBUTES": "service.name=b , host.name = h,team=a%2Cb%3Dc%20d,service.version=9,"],
                ["service.name": "b", "service.version": "9", "host.name": "h", "team": "a,b=c d"]
            ),
            (
                ["OTEL_RESOURCE_ATTRIBUTES": "team=a,team=b,empty=,url=x=y"],
                [
                    "service.name": "chimney", "service.version": "1.2.3", "host.name": "here", "team": "b",
                    "empty": "",
                    "url": "x=y",
                ]
            ),
        ] as [([String: String], [String: String])])
    func sources(variables: [String: String], expected: [String: String]) {
        #expect(attributes(variables) == expected)
    }

    @Test(
        "What is malformed is a problem that names the variable, and counts not at all",
        arguments: ["x", "=v", "a=1,b", "a=%zz", "a=%ff"])
    func malformed(text: String) {
        var settings = Settings(environment: ["OTEL_RESOURCE_ATTRIBUTES": text])
        let resource = Resource(&settings, version: "1", host: "here")
        #expect(settings.problems.count == 1)
        #expect(settings.problems.first?.hasPrefix("OTEL_RESOURCE_ATTRIBUTES: is not a list such as ") == true)
        #expect(resource.message().attributes.count == 3)
    }

    @Test("What is of all hosts names none")
    func allHosts() {
        let names = resource(["OTEL_RESOURCE_ATTRIBUTES": "host.name=h,team=a"]).messageOfAllHosts.attributes.map(\.key)
        #expect(names == ["service.name", "service.version", "team"])
    }
}
