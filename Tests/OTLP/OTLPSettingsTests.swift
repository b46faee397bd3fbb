import Essentials
import TestSupport
import Testing

@testable import OTLP

private func read(_ variables: [String: String]) -> (OTLPSettings, [String]) {
    var settings = Settings(environment: variables)
    let read = OTLPSettings(&settings)
    return (read, settings.problems)
}

private let prefix = "OTEL_EXPORTER_OTLP_"

@Suite struct OTLPSettingsTests {
    @Test("The defaults")
    func defaults() {
        let (settings, problems) = read([:])
        #expect(problems.isEmpty)
        #expect(settings.metricInterval == 15_000)
        #expect(settings[.traces]?.url == "http://localhost:4318/v1/traces")
        #expect(settings[.logs]?.url == "http://localhost:4318/v1/logs")
        #expect(settings[.metrics]?.url == "http://localhost:4318/v1/metrics")
        #expect(settings[.logs]?.timeout == 10_000)
        #expect(settings[.logs]?.headers.isEmpty == true)
    }

    @Test(
        "The base endpoint gets a path for each signal",
        arguments: [
            ("http://collector:4318", "http://collector:4318/v1/logs"), ("https://c/", "https://c/v1/logs"),
            ("https://c/base", "https://c/base/v1/logs"), ("HTTP://c/base//", "HTTP://c/base/v1/logs"),
            ("http://[::1]:4318", "http://[::1]:4318/v1/logs"), ("http://10.0.0.1:1", "http://10.0.0.1:1/v1/logs"),
        ])
    func base(endpoint: String, url: String) {
        let (settings, problems) = read([prefix + "ENDPOINT": endpoint])
        #expect(problems.isEmpty)
        #expect(settings[.logs]?.url == url)
    }

    @Test("The endpoint of a signal is used as it is, and for no other")
    func own() {
        let (settings, problems) = read([prefix + "ENDPOINT": "http://c", prefix + "TRACES_ENDPOINT": "http://t/x/"])
        #expect(problems.isEmpty)
        #expect(settings[.traces]?.url == "http://t/x/")
        #expect(settings[.logs]?.url == "http://c/v1/logs")
    }

    @Test(
        "What is no endpoint is a problem, and what it holds is not repeated",
        arguments: [
            "collector:4318", "ftp://c", "http://", "http:///x", "http://c:0", "http://c:65536", "http://c:",
            "http://c:x",
            "http://user:hush@c", "http://c?key=hush", "http://c#x", "http://c d", "http://[::1", "http://[::1]x",
            "http://ü",
            "http://c:+1", "http://a]b",
        ])
    func wrongEndpoints(endpoint: String) {
        for name in ["ENDPOINT", "METRICS_ENDPOINT"] {
            let (_, problems) = read([prefix + name: endpoint])
            #expect(problems.count == 1)
            #expect(problems.first?.hasPrefix("\(prefix)\(name): is not an endpoint; ") == true)
            #expect(problems.first?.contains("hush") == false)
        }
    }

    @Test("Headers for all signals and for one, of which no description has the value")
    func headers() {
        let (settings, problems) = read([
            prefix + "HEADERS": "api-key=hush%20hush, x-team = web", prefix + "LOGS_HEADERS": "other=quiet",
        ])
        #expect(problems.isEmpty)
        #expect(settings[.traces]?.headers.map(\.name) == ["api-key", "x-team"])
        #expect(settings[.traces]?.headers.map(\.value) == ["hush hush", "web"])
        #expect(settings[.logs]?.headers.map(\.value) == ["quiet"])
        #expect("\(settings)".contains("api-key"))
        #expect(!"\(settings)".contains("hush"))
    }

    @Test("Headers from a file")
    func headerFile() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("headers", "api-key=hush\n")
        let (settings, problems) = read([prefix + "HEADERS_FILE": path])
        #expect(problems.isEmpty)
        #expect(settings[.metrics]?.headers.map(\.value) == ["hush"])
        #expect(read([prefix + "HEADERS_FILE": path, prefix + "HEADERS": "a=b"]).1.count == 1)
        #expect(
            read([prefix + "HEADERS_FILE": directory.file("none")]).1.first?.hasPrefix("\(prefix)HEADERS_FILE: ")
                == true)
    }

    @Test(
        "Headers that cannot be are a problem, and the problem does not say their values",
        arguments: [
            "hush", "=hush", "a b=hush", "a=hush%0d%0ax:y", "a=%zzhush", "content-type=hush", "Host=hush", "ü=hush",
        ])
    func wrongHeaders(text: String) {
        let (_, problems) = read([prefix + "HEADERS": text])
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix("\(prefix)HEADERS: ") == true)
        #expect(problems.first?.contains("hush") == false)
    }

    @Test("Signals can be switched off one by one, and all at once")
    func off() {
        let (some, problems) = read(["OTEL_TRACES_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "otlp"])
        #expect(problems.isEmpty)
        #expect(some[.traces] == nil)
        #expect(some[.logs] != nil)
        let (none, more) = read(["OTEL_SDK_DISABLED": "true", prefix + "ENDPOINT": "wrong"])
        #expect(more.count == 1)
        #expect(Signal.allCases.allSatisfy { none[$0] == nil })
    }

    @Test("Time limits and intervals, those of a signal before those of all")
    func times() {
        let (settings, problems) = read([
            prefix + "TIMEOUT": "500", prefix + "METRICS_TIMEOUT": "700", "OTEL_METRIC_EXPORT_INTERVAL": "60000",
        ])
        #expect(problems.isEmpty)
        #expect(settings[.traces]?.timeout == 500)
        #expect(settings[.metrics]?.timeout == 700)
        #expect(settings.metricInterval == 60_000)
    }

    @Test(
        "What chimney cannot do, or nobody can mean, is a problem that names the variable",
        arguments: [
            (prefix + "COMPRESSION", "gzip"), (prefix + "LOGS_COMPRESSION", "zstd"), (prefix + "PROTOCOL", "grpc"),
            (prefix + "TRACES_PROTOCOL", "http/json"), (prefix + "TIMEOUT", "0"), (prefix + "LOGS_TIMEOUT", "10s"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "10"), ("OTEL_SDK_DISABLED", "maybe"), ("OTEL_METRICS_EXPORTER", "console"),
        ])
    func wrong(variable: String, value: String) {
        let (_, problems) = read([variable: value])
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix("\(variable): ") == true)
    }

    @Test("A variable that says what is so without it is no problem")
    func redundant() {
        let variables = [
            prefix + "COMPRESSION": "none", prefix + "PROTOCOL": "http/protobuf", "OTEL_SDK_DISABLED": "false",
        ]
        #expect(read(variables).1.isEmpty)
    }
}

@Suite struct PartialSuccessTests {
    @Test("An answer that refuses something, warns of something, says nothing, is garbage")
    func answers() throws {
        var answer = LogsResponse()
        #expect(PartialSuccess(answer.encoded, of: .logs) == nil)
        answer.partialSuccess.rejectedLogRecords = 3
        answer.partialSuccess.errorMessage = String(repeating: "x", count: 1000)
        let read = try #require(PartialSuccess(answer.encoded, of: .logs))
        #expect(read.rejected == 3)
        #expect(read.message.count == 500)
        var warning = TracesResponse()
        warning.partialSuccess.errorMessage = "slow down"
        #expect(PartialSuccess(warning.encoded, of: .traces)?.rejected == 0)
        #expect(PartialSuccess(Array("<html>".utf8), of: .metrics) == nil)
    }
}
