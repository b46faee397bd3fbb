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
extension HTTPField.Name { static let githubPath = Self("X-Chimney-GitHub-Path")! }
extension Response { func conditional(on request: Request) -> Response { self } }
extension Hold {
    func finish(with r: Response, in s: Store, keeping: Int) throws(StoreError) { try finish(with: r, in: s) }
    func finish(with r: Problem, in s: Store, keeping: Int) throws(StoreError) { try finish(with: r, in: s) }
}
