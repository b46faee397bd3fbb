import Essentials

@testable import Deployer
@testable import GitHub
@testable import Journal

extension Parser {
    private static let wholeServices = #"""
        {"services":{"app":{"hosts":["host-1"],"image":"ghcr.io/org/app","strategy":"blue-green",
        "compose":{"file":"/srv/app/compose.yaml"},
        "slots":{"blue":{"service":"app-blue","upstream":"127.0.0.1:8081"},
        "green":{"service":"app-green","upstream":"127.0.0.1:8082"}},
        "caddy":{"upstream_file":"/etc/caddy/app.upstream","config":"/etc/caddy/Caddyfile","admin":"http://127.0.0.1:2019"},
        "drain_s":1,"health":{"url":"http://{upstream}/health","limit_s":8,"interval_s":1,"successes":1,"start_period_s":0},
        "limits":{"pull_s":100,"command_s":100}}}}
        """#

    static let files = [
        Parser(
            name: "services-file", seeds: [wholeServices],
            read: { bytes in
                let (file, problems) = ServicesFile.parse(bytes)
                try promise((file == nil) == !problems.isEmpty, "neither right nor wrong", of: bytes)
            }),
        Parser(
            name: "journal", seeds: [""],
            read: { bytes in
                // The bytes of a segment …
                var at = 0
                while at < bytes.count {
                    guard case .entry(let entry, let end) = Entry.find(in: bytes, at: at) else {
                        at += 1
                        continue
                    }
                    try promise(
                        end > at && entry.bytes.elementsEqual(bytes[at..<end]), "an entry is another one", of: bytes)
                    at = end
                }
                // … and those of fields.
                let entry = Entry(kind: "fuzz/1", fields: bytes.split(separator: 0).map(Array.init))
                guard case .entry(let found, let end) = Entry.find(in: entry.bytes, at: 0), found == entry else {
                    return try promise(false, "an entry cannot be read again", of: bytes)
                }
                try promise(end == entry.bytes.count, "an entry ends elsewhere", of: bytes)
                if let first = bytes.first {
                    var damaged = entry.bytes
                    damaged[Int(first) % damaged.count] ^= 1
                    if case .entry = Entry.find(in: damaged, at: 0) {
                        try promise(false, "damage went unnoticed", of: bytes)
                    }
                }
            }),
        Parser(
            name: "cache-file",
            seeds: ["chimney-cache-1\n8:/pulls?a,0:,13:1771668780000,3:200,3:\"e\",0:,2:[],"],
            read: { bytes in
                guard let head = CacheFile.head(bytes), let entry = CacheFile.entry(bytes, for: head.key) else {
                    return
                }
                try promise(entry.version == head.version, "a file of two times", of: bytes)
                try promise(
                    CacheFile.entry(CacheFile.bytes(of: entry, for: head.key), for: head.key) == entry,
                    "an entry is another one when it comes back", of: bytes)
            }),
    ]
}
