import Testing

@testable import Deployer

@Suite("Service")
struct ServiceTests {
    @Test("Of two slots, each is the other's other one")
    func slots() {
        #expect(BlueGreen.Slot.blue.other == .green)
        #expect(BlueGreen.Slot.green.other == .blue)
    }
}
