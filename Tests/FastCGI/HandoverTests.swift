import Testing

@testable import FastCGI

@Suite struct HandoverTests {
    private static func handover(_ listeners: [Reload.Handover.Socket], children: Set<Int32> = [10, 11])
        -> Reload.Handover
    {
        Reload.Handover(scoreboard: 5, generation: 7, listeners: listeners, children: children)
    }

    @Test(
        "What one supervisor leaves is what the next one finds",
        arguments: [
            handover([.init(descriptor: 3, own: .unix(path: "/run/chimney/chimney.sock"))]),
            handover([.init(descriptor: 3, own: .unix(path: "/tmp/with space=and=more"))]),
            handover([.init(descriptor: 3, own: .unix(path: "relative.sock"))]),
            handover([.init(descriptor: 3, own: .tcp(host: "127.0.0.1", port: 9000))]),
            handover([.init(descriptor: 3, own: .tcp(host: "::1", port: 9000))]),
            handover([.init(descriptor: 0, own: nil)]),
            handover([.init(descriptor: 3, own: nil), .init(descriptor: 4, own: .unix(path: "/b"))]),
            handover([], children: []),
            handover([.init(descriptor: 3, own: nil)], children: []),
            handover([.init(descriptor: 3, own: nil)], children: Set(1...5000)),
        ])
    func roundTrip(handover: Reload.Handover) {
        #expect(Reload.Handover(handover.text) == handover)
    }

    @Test(
        "What no supervisor has written is nothing",
        arguments: ["", "x", "1\n2\n3", "a\n1\n\n", "1\n-1\n\n", "1\n2\n3\n4\n5"])
    func rubbish(text: String) {
        #expect(Reload.Handover(text) == nil)
    }

    @Test("On a first start there is nothing to take over")
    func firstStart() {
        #expect(Reload(arguments: ["chimney", "pool"]).handover == nil)
        #expect(Reload(arguments: ["chimney", "pool"]).listeners == nil)
    }
}
