import Essentials
import Testing

@testable import GitHub

/// The form of an entry in a file.
@Suite struct CacheFileTests {
    @Test(
        "An entry comes back as it was",
        arguments: [
            CacheEntry.sample(1_700_000_000_123), .sample(5, body: ""), .sample(5, body: "x", missingAt: 7),
            .missing(1_700_000_000_123), .sample(5, body: [UInt8](0...255) + Array("3:a,b,".utf8)),
            CacheEntry(
                content: CacheEntry.Content(
                    status: 301, etag: nil, headers: [], body: [], fetchedAt: Timestamp(milliseconds: 0))),
        ])
    func whole(entry: CacheEntry) throws {
        let bytes = CacheFile.bytes(of: entry, for: "/pulls?state=open")
        #expect(CacheFile.entry(bytes, for: "/pulls?state=open") == entry)
        #expect(CacheFile.entry(bytes, for: "/pulls?state=ope") == nil)
        let head = try #require(CacheFile.head(Array(bytes.prefix(CacheFile.headLimit))))
        #expect(head.key == "/pulls?state=open")
        #expect(head.version == entry.version)
    }

    @Test("Key and times are within the head, however long the key is")
    func longest() throws {
        let key = "/" + String(repeating: "k", count: CacheFile.keyLimit - 1)
        let entry = CacheEntry.sample(.max, body: "[]", missingAt: .max)
        let bytes = CacheFile.bytes(of: entry, for: key)
        #expect(CacheFile.head(Array(bytes.prefix(CacheFile.headLimit)))?.key == key)
        #expect(CacheFile.entry(bytes, for: key) == entry)
    }

    @Test("A file that was cut anywhere, or goes on, is no entry")
    func cut() {
        let bytes = CacheFile.bytes(of: .sample(1_700_000_000_123, missingAt: 7), for: "/pulls?")
        for count in 0..<bytes.count { #expect(CacheFile.entry(Array(bytes.prefix(count)), for: "/pulls?") == nil) }
        #expect(CacheFile.entry(bytes + [0], for: "/pulls?") == nil)
    }

    @Test("A file with one byte changed is another entry or none, and nothing breaks")
    func changed() {
        let bytes = CacheFile.bytes(of: .sample(1_700_000_000_123), for: "/pulls?")
        for index in bytes.indices {
            for byte: UInt8 in [0, 0x2C, 0x30, 0x39, 0x3A, 0xFF] where byte != bytes[index] {
                var damaged = bytes
                damaged[index] = byte
                #expect(CacheFile.entry(damaged, for: "/pulls?") != .sample(1_700_000_000_123))
            }
        }
    }

    @Test(
        "Others' files are none",
        arguments: [
            "", "chimney", "chimney-cache-1\n", "chimney-cache-2\n7:/pulls?,1:5,0:,", "chimney-cache-1\n0:,1:5,0:,",
            "chimney-cache-1\n7:/pulls?,0:,0:,", "chimney-cache-1\n7:/pulls?,2:-5,0:,",
            "chimney-cache-1\n7:/pulls?,1:x,0:,", "chimney-cache-1\n99999999999999999999:/pulls?,1:5,0:,",
            "chimney-cache-1\n9999999999:/pulls?,1:5,0:,", "chimney-cache-1\n:/pulls?,1:5,0:,",
            "chimney-cache-1\n7:/pulls?,0:,1:5,2:99,0:,0:,0:,", "chimney-cache-1\n7:/pulls?,0:,1:5,0:,0:,0:,0:,",
        ])
    func foreign(text: String) {
        #expect(CacheFile.entry(Array(text.utf8), for: "/pulls?") == nil)
    }
}
