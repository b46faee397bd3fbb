import Foundation

/// A real browser without a window (Chromium), driven by its WebDriver (https://www.w3.org/TR/webdriver2/).
public final class Browser: @unchecked Sendable {
    private let driver: ChildProcess
    private let http: HTTPClient
    private let session: String

    /// Starts a browser with an empty page.
    ///
    /// - Throws: `TestSupportError` if it does not come up.
    public init() throws {
        let port = try Address.freePort()
        let driver = try ChildProcess("chromedriver", ["--port=\(port)"])
        let http = HTTPClient(.port(port), timeout: 30)
        self.driver = driver
        self.http = http
        guard eventually(within: 15, { (try? http.get("/status"))?.status == 200 }) else {
            driver.killNow()
            throw TestSupportError("chromedriver does not come up: \(driver.errors.suffix(500))")
        }
        // Without a sandbox, which needs rights of its own where tests run as root.
        let options = #"{"args":["--headless","--no-sandbox","--disable-gpu","--disable-dev-shm-usage"]}"#
        let answer = try http.post(
            "/session", #"{"capabilities":{"alwaysMatch":{"goog:chromeOptions":\#(options)}}}"#)
        guard let id = try answer.json.value?.sessionId?.text else {
            driver.killNow()
            throw TestSupportError("Chromium does not start: \(answer.text.prefix(500))")
        }
        session = "/session/\(id)"
        // A page of the driver itself: of this machine, as the servers under test are, and without rules of its own about
        // what it may connect to.
        _ = try http.post(session + "/url", #"{"url":"http://127.0.0.1:\#(port)/status"}"#)
    }

    /// Runs a script in the page; returns what it returns.
    ///
    /// - Throws: `TestSupportError` with what the browser says if it fails.
    @discardableResult
    public func run(_ script: String) throws -> JSON {
        let answer = try http.post(session + "/execute/sync", #"{"script":\#(JSON.quoted(script)),"args":[]}"#)
        guard answer.status == 200 else { throw TestSupportError("The script failed: \(answer.text.prefix(500))") }
        return try answer.json.value ?? .null
    }

    /// Ends it.
    public func stop() {
        _ = try? http.request("DELETE", session)
        driver.terminate(within: 5)
    }
}
