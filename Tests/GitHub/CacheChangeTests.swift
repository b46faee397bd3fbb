import Essentials
import Testing

@testable import GitHub

/// The lines by which the hosts tell each other of changes.
@Suite struct CacheChangeTests {
    @Test(
        "A change comes back from its line as it was",
        arguments: [
            (
                CacheChange.Kind.stored(
                    key: "/pulls?state=open", at: Timestamp(milliseconds: 1_700_000_000_123)),
                "S 42 1700000000123 /pulls?state=open"
            ),
            (.stored(key: "/contents/a b?", at: Timestamp(milliseconds: 5)), "S 42 5 /contents/a b?"),
            (.invalidated(prefix: "/pulls"), "I 42 /pulls"),
            (.invalidated(prefix: "/a b"), "I 42 /a b"),
            (.cleared, "A 42"),
        ])
    func lines(kind: CacheChange.Kind, line: String) {
        let change = CacheChange(sequence: 42, kind: kind)
        #expect(change.line == line)
        #expect(CacheChange(Array(line.utf8)) == change)
    }

    @Test("All may be invalidated by the empty prefix")
    func emptyPrefix() {
        #expect(CacheChange(Array("A 42 ".utf8)) == CacheChange(sequence: 42, kind: .cleared))
    }

    @Test(
        "Anything else is no change",
        arguments: [
            "", " ", "S", "S 1", "S 1 2", "S 1 2 ", "S 1 x /pulls?", "S x 2 /pulls?", "S 1  2 /pulls?", "I 1", "I 1 ",
            "A", "A x", "A 1 /", "B 1 /", "s 1 2 /pulls?", "A 99999999999999999999",
        ])
    func damaged(line: String) {
        #expect(CacheChange(Array(line.utf8)) == nil)
    }

    @Test(
        "A prefix concerns the keys that begin with it, and composed ones only if it names one",
        arguments: [
            ("/pulls", "/pulls?", true), ("/pulls", "/pulls/12?", true), ("/pulls", "/pulls?state=open", true),
            ("/pulls", "/issues?", false), ("/pulls/", "/pulls?", false), ("/", "/?", true),
            ("/", "/octo/hello/pulls?", true), ("/octo/hello", "/octo/hello/pulls?", true),
            ("/", "/__pipeline_summary__?", false), ("/_", "/__pipeline_summary__?", false),
            ("/__", "/__pipeline_summary__?", true), ("/__pipeline_summary__", "/__pipeline_summary__?", true),
            ("/__pipeline_summary__", "/__org_repos__?", false), ("/pulls?state=open", "/pulls?", false),
            // The same letter to a reader, another key to the store.
            ("/e\u{301}", "/\u{e9}?", false),
        ])
    func prefixes(prefix: String, key: String, isConcerned: Bool) {
        #expect(CacheChange.matches(prefix: prefix, key: key) == isConcerned)
    }
}
