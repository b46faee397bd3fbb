import Testing

@testable import Deployer

@Suite("Image name")
struct ImageNameTests {
    @Test(
        "A name has a registry if its first part looks like one",
        arguments: [
            ("app", nil, "app"), ("acme/app", nil, "acme/app"), ("ghcr.io/acme/app", "ghcr.io", "acme/app"),
            ("localhost/app", "localhost", "app"), ("registry:5000/app", "registry:5000", "app"),
            ("[::1]:5000/app", "[::1]:5000", "app"), ("Registry/app", "Registry", "app"),
            ("a__b/c--d/e.f", nil, "a__b/c--d/e.f"),
            ("a.b/c", "a.b", "c"), ("app.v2", nil, "app.v2"),
        ] as [(String, String?, String)])
    func names(text: String, registry: String?, path: String) throws {
        let name = try #require(ImageName(text))
        #expect(name.registry == registry)
        #expect(name.path == path)
    }

    @Test(
        "What breaks the grammar is no name",
        arguments: [
            "", "/", "a/", "/a", "a//b", "App", "acme/App", "a:b", "a:5000", "a@sha256:00", "a b", "-a", "a-", ".a",
            "a.", "_a",
            "a___b", "a..b", "a._b", "a/-b", "ghcr.io:99999/a", "ghcr.io:/a", "-x.io/a", "x-.io/a", "x..io/a",
            "x_y.io/a", "é",
            "a\u{301}", "a/\u{e1}", "a;b", "$(a)", "`a`", "a|b", "a&b", "a\nb", "a\0b", "ghcr.io/a?b",
            "http://ghcr.io/a",
            "user@ghcr.io/a", String(repeating: "a", count: 64), String(repeating: "x", count: 256),
        ])
    func noNames(text: String) {
        #expect(ImageName(text) == nil)
    }

    @Test("A caller may leave the registry out, and cannot name another one")
    func meaning() throws {
        let own = try #require(ImageName("ghcr.io/acme/app"))
        for (text, isMeant) in [
            ("ghcr.io/acme/app", true), ("acme/app", true), ("app", false), ("docker.io/acme/app", false),
            ("GHCR.io/acme/app", false), ("ghcr.io/acme/app2", false),
        ] {
            #expect(try #require(ImageName(text)).means(own) == isMeant)
        }
        let plain = try #require(ImageName("acme/app"))
        #expect(!own.means(plain))
        // What is left without the registry looks like a name with one.
        let odd = try #require(ImageName("ghcr.io/a.b/c"))
        #expect(try !#require(ImageName("a.b/c")).means(odd))
    }

    @Test(
        "A tag",
        arguments: [
            ("latest", true), ("v1.2-3_4", true), ("_", true), ("", false), (".a", false), ("-a", false),
            ("a b", false),
            ("a:b", false), ("a@b", false), ("é", false), ("a/b", false), (String(repeating: "a", count: 128), true),
            (String(repeating: "a", count: 129), false),
        ])
    func tags(text: String, isTag: Bool) {
        #expect(ImageName.isTag(Substring(text)) == isTag)
    }
}
