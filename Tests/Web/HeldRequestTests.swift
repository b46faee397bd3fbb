import Dragonfly
import Essentials
import FastCGI
import Logging
import Telemetry
import TestSupport
import Testing

@testable import Web

@Suite struct HeldRequestTests {
    @Test("A request that waits at a hold is told, also by a crash, as what its client has asked for")
    func identity() throws {
        let server = try StoreServer()
        let store = Store(url: try #require(StoreURL(server.url)), timeout: 5000)
        let slot = Slot.unshared()
        let table = RouteTable([Hold.route, Route(.post, "/work") { _, _ in .json([]) }])
        let recorder = Recorder(
            catalogue: Catalogue(routes: table.templates), slot: slot, board: nil, store: store, host: "here",
            level: .critical)
        let application = Application(
            table: table, store: store, recorder: recorder,
            failures: FailureLimit(clients: ClientAddress(trusted: [])), slot: slot)
        application.patience = .streaming(hasRoomForStream: false, hasRoomForHold: true)
        let hold = Hold(until: Timestamp.now.adding(milliseconds: 60_000))
        let wait = Wait(for: hold)
        func ask(_ variables: [String: String]) -> Response {
            let own = ["REQUEST_METHOD": "GET", "PATH_INFO": "/hold/\(wait.text)", "CHIMNEY_HOLD": wait.text]
            return application.respond(
                to: Request(environment: Environment(own.merging(variables) { $1 }), body: RequestBody()))
        }

        let response = ask(["CHIMNEY_HOLD_METHOD": "POST", "REQUEST_URI": "/w%6Frk?secret=1"])
        #expect(response.continuation as? Wait == wait)
        #expect(slot.method == "POST")
        #expect(slot.path == "/work")
        #expect(slot.route == 1)
        #expect(application.record.method == "POST")
        #expect(application.record.path == "/work")
        #expect(application.record.route == 1)

        // The span that a worker has begun with the request, if it is one, and only of what a worker has left.
        let span = "00f067aa0ba902b7"
        _ = ask(["CHIMNEY_SPAN": span])
        #expect(application.record.spanID == span)
        #expect(slot.spanID == span)
        for other in ["", "x", "0000000000000000", "\(span)0", span.uppercased()] {
            _ = ask(["CHIMNEY_SPAN": other])
            #expect(application.record.spanID != other)
            #expect(application.record.spanID.utf8.count == 16)
        }
        _ = application.respond(
            to: Request(
                environment: Environment(["REQUEST_METHOD": "POST", "PATH_INFO": "/work", "CHIMNEY_SPAN": span]),
                body: RequestBody()))
        #expect(application.record.spanID != span)

        // A front end that says nothing of that.
        _ = ask([:])
        #expect(slot.method == "GET")
        #expect(slot.path == "/hold/{wait}")
        #expect(slot.route == 0)
        _ = ask(["REQUEST_URI": "/nowhere"])
        #expect(application.record.route == Slot.noRoute)
    }
}
