import Dragonfly
import FastCGI
import HTTPTypes
import Web
import Essentials
struct MemoryTier {
    init(directory: String) {}
    func entry(for key: String) -> CacheEntry? { nil }
    func store(_ entry: CacheEntry, for key: String) {}
    func remove(_ key: String) -> Bool { false }
    func remove(prefix: String) -> Int { 0 }
    func removeAll() -> Int { 0 }
    var count: Int { 0 }
}
