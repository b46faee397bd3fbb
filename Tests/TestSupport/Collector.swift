import Foundation

/// A collector that takes OTLP over HTTP and decodes it with the definitions that PyPI's opentelemetry-proto has:
/// `Tests/EndToEnd/Telemetry/collector.py`, which says how it can be asked to behave. It ends with its owner.
public final class Collector: @unchecked Sendable {
    /// The port of 127.0.0.1 that it listens on.
    public let port: UInt16
    private let http: HTTPClient
    private let lock = NSLock()
    private var process: ChildProcess?

    /// A collector.
    ///
    /// - Parameter isRunning: whether it is started now; otherwise nobody listens on its port.
    /// - Throws: `TestSupportError` if it does not come up.
    public init(isRunning: Bool = true) throws {
        port = try Address.freePort()
        http = HTTPClient(.port(port), timeout: 30)
        if isRunning { try start() }
    }

    /// The variables by which a pool exports to it, metrics each second.
    public var environment: [String: String] {
        [
            "OTEL_SDK_DISABLED": "false", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:\(port)",
            "OTEL_METRIC_EXPORT_INTERVAL": "1000",
        ]
    }

    /// Starts it, with nothing received so far, and waits until it answers.
    ///
    /// - Throws: `TestSupportError` if it does not.
    public func start() throws {
        let python = Package.path(".build-python/bin/python")
        guard FileManager.default.isExecutableFile(atPath: python) else {
            throw TestSupportError("\(python) is not there: Tests/run makes it.")
        }
        let process = try ChildProcess(
            python, [Package.path("Tests/EndToEnd/Telemetry/collector.py"), String(port)])
        lock.withLock { self.process = process }
        let answers = eventually { !process.isRunning || !process.output.isEmpty }
        guard answers, process.isRunning else {
            throw TestSupportError("the collector does not start: \(process.errors.suffix(500))")
        }
    }

    /// Ends it: connections are refused from now on.
    public func stop() { lock.withLock { process }?.killNow() }

    /// Makes it answer in another way from now on; as it should by default.
    public func behave(_ behaviour: String = "{}") throws {
        let answer = try http.post("/behave", behaviour)
        guard answer.status == 200 else { throw TestSupportError("the collector does not behave: \(answer)") }
    }

    /// What it has taken so far: `requests`, whatever it answered to them, `spans`, `logs` and `metrics`.
    public var received: JSON { get throws { try http.get("/received").json } }

    /// How many of each it has; spans and logs that came twice count once.
    public var counts: JSON { get throws { try http.get("/counts").json } }

    deinit { stop() }
}
