import CStepping
import Crypto
import Essentials
import FastCGI
import Foundation
import TestSupport
import Testing

@testable import Web

/// How long a secret is looked at tells nothing of it: whatever is shown in its place, the processor does exactly the same.
///
/// Counted in instructions, not in time: with time, a difference of some nanoseconds drowns in what else a machine does, and is
/// there all the same for who asks often enough. They are those of the code as it is written: tests are built without
/// optimisation, and that of a release is not looked at.
@Suite(.serialized) struct ConstantTimeTests {
    /// Whether all guesses are looked at (`Tests/run --long`): each instruction is a turn of two processes.
    private static let isLong = ProcessInfo.processInfo.environment["CHIMNEY_LONG"] == "1"

    private static let secret = "0123456789abcdef0123456789abcdef"

    /// Wrong in its first character, in its last; in one in the middle, in all.
    private static let guesses =
        ["x" + secret.dropFirst(), secret.dropLast() + "x"]
        + (isLong
            ? [secret.prefix(15) + "x" + secret.dropFirst(16), String(repeating: "x", count: secret.utf8.count)] : [])

    /// By how many the same may differ: memory that it asks for is found sooner or later.
    private static let tolerance: Int64 = 100

    /// Whether all are the same, as far as they can be.
    private static func isSame(_ counts: [Int64?]) -> Bool {
        let counts = counts.compactMap(\.self)
        guard let least = counts.min(), let most = counts.max() else { return false }
        return most - least <= tolerance
    }

    /// The instructions that something takes; nil where that cannot be counted.
    private func steps(_ body: @escaping () -> Void) -> Int64? {
        final class Box {
            let body: () -> Void
            init(_ body: @escaping () -> Void) { self.body = body }
        }
        let box = Box(body)
        let count = withExtendedLifetime(box) {
            chimney_count_steps(
                { Unmanaged<Box>.fromOpaque($0!).takeUnretainedValue().body() },
                Unmanaged.passUnretained(box).toOpaque(),
                20_000_000)
        }
        return count >= 0 ? count : nil
    }

    /// The instructions that each of some things takes. Where these differ it is looked again whether that was the memory, and
    /// the least that each has taken is what it takes.
    private func steps(ofEach bodies: [() -> Void]) -> [Int64?] {
        var counts = bodies.map(steps)
        for _ in 0..<3 where !Self.isSame(counts) {
            counts = zip(counts, bodies).map { count, body in [count, steps(body)].compactMap(\.self).min() }
        }
        return counts
    }

    private func request(_ authorization: String) -> Request {
        Request(environment: Environment(["HTTP_AUTHORIZATION": authorization]), body: RequestBody())
    }

    @Test("What compares byte by byte would be seen: the count tells how much of a guess was right")
    func control() throws {
        let secret = Array(Self.secret.utf8)
        let counts = Self.guesses.map { guess in
            let guess = Array(guess.utf8)
            return steps {
                for index in secret.indices where secret[index] != guess[index] { return }
            }
        }
        let found = try counts.map { try #require($0, "this machine lets no process be traced") }
        #expect(found[1] - found[0] > 5 * Self.tolerance, "\(found)")
        #expect(!Self.isSame(counts))
    }

    @Test("A bearer token takes as many instructions however much of it is right, beside other secrets as well")
    func bearer() throws {
        let others = (0..<3).map { "s\($0)=\(String(repeating: "\($0)", count: 32))" }
        let lists = [["own=\(Self.secret)"], ["own=\(Self.secret)"] + others, others + ["own=\(Self.secret)"]]
        for secrets in Self.isLong ? lists : Array(lists.prefix(1)) {
            let bearer = Bearer(NamedSecret.list(secrets.joined(separator: ",")) ?? [])
            #expect(bearer.authenticate(request("Bearer \(Self.secret)")) == "own")
            let counts = steps(
                ofEach: Self.guesses.map { guess in
                    let request = request("Bearer \(guess)")
                    #expect(bearer.authenticate(request) == nil)
                    return { _ = bearer.authenticate(request) }
                })
            #expect(Self.isSame(counts), "\(counts)")
        }
    }

    @Test("Nor does it tell how long a secret is: a guess takes as many beside a short one as beside a long one")
    func length() {
        let counts = steps(
            ofEach: (Self.isLong ? [1, 16, 31, 32, 33, 500] : [1, 500]).map { length in
                let bearer = Bearer([NamedSecret(name: "own", value: String(repeating: "s", count: length))])
                let request = request("Bearer \(Self.secret)")
                return { _ = bearer.authenticate(request) }
            })
        #expect(Self.isSame(counts), "\(counts)")
    }

    @Test("A signature takes as many however much of it is right, by whichever of several secrets")
    func signature() throws {
        let body = Array(#"{"service":"app"}"#.utf8)
        let key = SymmetricKey(data: Array(Self.secret.utf8))
        let right = Array(HMAC<SHA256>.authenticationCode(for: body, using: key))
        let wrong = (Self.isLong ? [0, 31, 15] : [0, 31]).map { index in
            var code = right
            code[index] ^= 1
            return code
        }
        let lists = [["own=\(Self.secret)"], ["a=\(String(repeating: "a", count: 32))", "own=\(Self.secret)", "b=c"]]
        for secrets in Self.isLong ? lists : Array(lists.prefix(1)) {
            let signature = Signature(NamedSecret.list(secrets.joined(separator: ",")) ?? [])
            #expect(signature.authenticate(right, body: body) == "own")
            let counts = steps(
                ofEach: wrong.map { code in
                    #expect(signature.authenticate(code, body: body) == nil)
                    return { _ = signature.authenticate(code, body: body) }
                })
            #expect(Self.isSame(counts), "\(counts)")
        }
    }
}
