import FastCGI
import Testing

@Suite struct CGITests {
    @Test("A CGI program is told so by its environment")
    func requested() {
        #expect(CGI.isRequested(["GATEWAY_INTERFACE": "CGI/1.1"]))
        #expect(!CGI.isRequested(["REQUEST_METHOD": "GET"]))
    }
}
