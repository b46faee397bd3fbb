import Foundation

/// A real browser without a window (Chromium), driven by its WebDriver (https://www.w3.org/TR/webdriver2/), and by Chromium's
/// own protocol where that has no word for it (https://chromedevtools.github.io/devtools-protocol/).
public final class Browser: @unchecked Sendable {
    /// Where its driver is, whose page is shown first.
    public let driverAddress: String

    private let driver: ChildProcess
    private let http: HTTPClient
    private let session: String
    /// What was seen so far: the browser tells each of it once, or forgets it with the page.
    private var complaints: [String] = []
    private var addresses: [String] = []
    private var breaches: [String] = []

    /// Starts a browser with an empty page.
    ///
    /// - Parameter isOptimised: whether it makes machine code of what is run often; that code counts as the page's memory.
    /// - Throws: `TestSupportError` if it does not come up.
    public init(isOptimised: Bool = true) throws {
        let port = try Address.freePort()
        let driver = try ChildProcess("chromedriver", ["--port=\(port)"])
        let http = HTTPClient(.port(port), timeout: 60)
        self.driver = driver
        self.http = http
        guard eventually(within: patience, { (try? http.get("/status"))?.status == 200 }) else {
            driver.killNow()
            throw TestSupportError("chromedriver does not come up: \(driver.errors.suffix(500))")
        }
        // Without a sandbox, which needs rights of its own where tests run as root.
        let engine = isOptimised ? "" : #""--js-flags=--jitless","#
        let options = """
            {"args":[\(engine)"--headless","--no-sandbox","--disable-gpu","--disable-dev-shm-usage","--hide-scrollbars"]}
            """
        let logs = #"{"browser":"ALL","performance":"ALL"}"#
        let answer = try http.post(
            "/session",
            #"{"capabilities":{"alwaysMatch":{"goog:chromeOptions":\#(options),"goog:loggingPrefs":\#(logs)}}}"#)
        guard let id = try answer.json.value?.sessionId?.text else {
            driver.killNow()
            throw TestSupportError("Chromium does not start: \(answer.text.prefix(500))")
        }
        session = "/session/\(id)"
        driverAddress = "http://127.0.0.1:\(port)/"
        try command(
            "Page.addScriptToEvaluateOnNewDocument",
            """
            {"source":"window.violations = []; addEventListener('securitypolicyviolation', event => \
            violations.push(event.violatedDirective + ' ' + event.blockedURI))"}
            """)
        // A page of the driver itself: of this machine, as the servers under test are, and without rules of its own about
        // what it may connect to.
        try open(driverAddress + "status")
    }

    /// Shows a page.
    ///
    /// - Throws: `TestSupportError` with what the browser says if it cannot.
    public func open(_ address: String) throws {
        try collectBreaches()
        try ask("POST", "/url", #"{"url":\#(JSON.quoted(address))}"#)
    }

    /// Loads the page again.
    public func reload() throws {
        try collectBreaches()
        try ask("POST", "/refresh", "{}")
    }

    /// Runs a script in the page; returns what it returns. A promise is waited for.
    ///
    /// - Throws: `TestSupportError` with what the browser says if it fails.
    @discardableResult
    public func run(_ script: String) throws -> JSON {
        try ask("POST", "/execute/sync", #"{"script":\#(JSON.quoted(script)),"args":[]}"#)
    }

    /// Waits until an expression of JavaScript is true in the page.
    ///
    /// - Returns: whether it was, in time.
    public func waits(for expression: String, within seconds: Double = patience) -> Bool {
        eventually(within: seconds, every: 50) { (try? run("return Boolean(\(expression))")) == .bool(true) }
    }

    /// The text of the page as a reader sees it, or of its first element that fits a selector: empty where there is none.
    public func text(_ selector: String = "body") throws -> String {
        try run("return document.querySelector(\(JSON.quoted(selector)))?.innerText ?? ''").text ?? ""
    }

    /// Clicks at the middle of the first element that fits a selector, as with a mouse.
    ///
    /// - Throws: `TestSupportError` if there is none, or something lies above it.
    public func click(_ selector: String) throws {
        try ask("POST", "/element/\(try element(selector))/click", "{}")
    }

    /// Types into the first element that fits a selector, key by key.
    public func type(_ text: String, into selector: String) throws {
        try ask("POST", "/element/\(try element(selector))/value", #"{"text":\#(JSON.quoted(text))}"#)
    }

    /// Presses a key, wherever the focus is: a character, or one of WebDriver's code points, such as `\u{E004}` for the
    /// tabulator, `\u{E007}` for enter and `\u{E00C}` for escape.
    public func press(_ key: String) throws {
        let actions = #"{"type":"keyDown","value":\#(JSON.quoted(key))},{"type":"keyUp","value":\#(JSON.quoted(key))}"#
        try ask("POST", "/actions", #"{"actions":[{"type":"key","id":"keyboard","actions":[\#(actions)]}]}"#)
    }

    private func element(_ selector: String) throws -> String {
        let found = try ask("POST", "/element", #"{"using":"css selector","value":\#(JSON.quoted(selector))}"#)
        guard let id = found["element-6066-11e4-a52e-4f735466cecf"]?.text else {
            throw TestSupportError("There is no element \(selector).")
        }
        return id
    }

    /// Runs a command of Chromium's own protocol.
    ///
    /// - Throws: `TestSupportError` with what the browser says if it fails.
    @discardableResult
    public func command(_ name: String, _ parameters: String = "{}") throws -> JSON {
        try ask("POST", "/goog/cdp/execute", #"{"cmd":\#(JSON.quoted(name)),"params":\#(parameters)}"#)
    }

    /// Gives the page a size, in CSS pixels, and what its user prefers.
    public func resize(width: Int, height: Int, scheme: String = "dark", reducesMotion: Bool = false) throws {
        try command(
            "Emulation.setDeviceMetricsOverride",
            #"{"width":\#(width),"height":\#(height),"deviceScaleFactor":1,"mobile":\#(width < 700)}"#)
        let motion = reducesMotion ? "reduce" : "no-preference"
        try command(
            "Emulation.setEmulatedMedia",
            """
            {"features":[{"name":"prefers-color-scheme","value":"\(scheme)"},\
            {"name":"prefers-reduced-motion","value":"\(motion)"}]}
            """)
    }

    /// Writes a picture of what can be seen, as PNG.
    public func screenshot(to path: String) throws {
        let data = try command("Page.captureScreenshot", #"{"format":"png"}"#).data?.text ?? ""
        guard let png = Data(base64Encoded: data) else { throw TestSupportError("The browser made no picture.") }
        try png.write(to: URL(fileURLWithPath: path))
    }

    /// Bytes of the page's objects, garbage collected before.
    public func heap() throws -> Int {
        // The lowest of several: code that is no longer run is given up only after some collections, and something or other
        // always happens in between.
        var lowest = Int.max
        for _ in 0..<8 {
            try command("HeapProfiler.collectGarbage")
            lowest = min(lowest, try command("Runtime.getHeapUsage").usedSize?.integer ?? Int.max)
        }
        return lowest
    }

    /// What the console was told so far, by any page: warnings and errors, of scripts and of the browser itself.
    public func console() throws -> [String] {
        complaints += try ask("POST", "/se/log", #"{"type":"browser"}"#).list.filter {
            ["WARNING", "SEVERE"].contains($0.level?.text)
        }
        .compactMap { $0.message?.text }
        return complaints
    }

    /// The addresses that were asked for so far, by any page.
    public func requests() throws -> [String] {
        addresses += try ask("POST", "/se/log", #"{"type":"performance"}"#).list.compactMap { entry in
            guard let text = entry.message?.text, let message = try JSON(parsing: text.utf8).message else { return nil }
            guard message.method?.text == "Network.requestWillBeSent" else { return nil }
            return message.params?.request?.url?.text
        }
        return addresses
    }

    /// What their Content-Security-Policy has kept from the pages so far.
    public func violations() throws -> [String] {
        try collectBreaches()
        return breaches
    }

    /// The page's list of them goes with it.
    private func collectBreaches() throws {
        breaches += try run("return window.violations?.splice(0) ?? []").list.compactMap(\.text)
    }

    /// Ends it.
    public func stop() {
        _ = try? http.request("DELETE", session)
        driver.terminate(within: 5)
    }

    @discardableResult
    private func ask(_ method: String, _ path: String, _ body: String) throws -> JSON {
        let answer = try http.post(session + path, body)
        guard answer.status == 200 else {
            throw TestSupportError("The browser: \(path): \(answer.text.prefix(500))")
        }
        return try answer.json.value ?? .null
    }
}
