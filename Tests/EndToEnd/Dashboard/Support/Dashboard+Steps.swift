import TestSupport
import Testing

extension Dashboard {
    /// Chooses a value of the first control that fits a selector, as a reader does.
    func choose(_ value: String, in selector: String) throws {
        try browser.run(
            """
            const control = document.querySelector(\(JSON.quoted(selector))); control.value = \(JSON.quoted(value));
            control.dispatchEvent(new Event('change', { bubbles: true }))
            """)
    }

    /// The texts of all elements that fit a selector.
    func texts(_ selector: String) throws -> [String] {
        try browser.run("return [...document.querySelectorAll(\(JSON.quoted(selector)))].map(each => each.innerText)")
            .list.compactMap(\.text)
    }

    /// Waits until so many elements fit a selector.
    func counts(_ count: Int, of selector: String) -> Bool {
        browser.waits(for: "document.querySelectorAll(\(JSON.quoted(selector))).length === \(count)")
    }

    /// What stands behind the address's `#`.
    var place: String { get throws { try browser.run("return location.hash").text ?? "" } }

    /// Types what a dialog asks for, and has it used.
    func fill(token: String, organisation: String? = nil) throws {
        #expect(browser.waits(for: "document.querySelector('dialog[open]')"))
        if !token.isEmpty { try browser.type(token, into: "dialog input[type=password]") }
        if let organisation { try browser.type(organisation, into: "dialog input[type=text]") }
        try browser.click("dialog button[type=submit]")
    }
}

/// Runs a test with a browser that shows a view of an origin's dashboard, see `withDashboard`.
func withBrowser<Result>(
    _ origin: Origin, _ view: String = "", mayComplain: Bool = false, _ body: (Dashboard) throws -> Result
) throws -> Result {
    let browser = try Browser()
    defer { browser.stop() }
    let dashboard = Dashboard(origin: origin, browser: browser)
    try browser.resize(width: 1366, height: 768)
    try dashboard.open(view)
    let result = try body(dashboard)
    try dashboard.expectQuiet(mayComplain: mayComplain)
    return result
}
