import CCurl
import Essentials
import Glibc
import HTTPTypes

/// One call on its way: a handle of libcurl, and what has come so far.
final class Transfer {
    typealias Completion = (Result<HTTPCall.Answer, HTTPCall.Failure>) -> Void

    private static let redirectLimit = 5

    /// The handle.
    let easy: UnsafeMutableRawPointer
    let completion: Completion
    private let call: HTTPCall
    private let origin: HTTPOrigin
    private let began = MonotonicClock.microseconds
    private var list: UnsafeMutablePointer<curl_slist>?
    private let detail = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))

    private var body: [UInt8] = []
    private var headerBytes = 0
    private var isHeaderWhole = false
    private var excess: String?
    private var redirects = 0

    /// Prepares a call.
    ///
    /// - Throws: a failure for a URL that no call can be made of.
    init(
        _ call: HTTPCall, userAgent: String, authorities: String?, completion: @escaping Completion
    ) throws(HTTPCall.Failure) {
        guard let origin = HTTPOrigin(call.url) else {
            throw HTTPCall.Failure(
                kind: .invalid, origin: "",
                reason: "the URL is no absolute http or https URL without user name and password")
        }
        guard let easy = chimney_curl_easy_init() else {
            throw HTTPCall.Failure(kind: .broken, origin: origin.description, reason: "out of memory")
        }
        self.call = call
        self.origin = origin
        self.easy = easy
        self.completion = completion
        detail.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        setUp(userAgent: userAgent, authorities: authorities)
    }

    deinit {
        chimney_curl_easy_cleanup(easy)
        chimney_curl_slist_free_all(list)
        detail.deallocate()
    }

    // MARK: Asking

    private func setUp(userAgent: String, authorities: String?) {
        set(CURLOPT_URL, call.url)
        set(CURLOPT_PROTOCOLS_STR, "http,https")
        // What is tested here is 1.1, and nothing of chimney's needs more.
        set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        // Signals belong to the process; without them, the resolver's time-out needs its thread.
        set(CURLOPT_NOSIGNAL, 1)
        // A call that has timed out does not wait for the resolver's thread, which clears up after itself.
        set(CURLOPT_QUICK_EXIT, 1)
        set(CURLOPT_CONNECTTIMEOUT_MS, max(1, call.connectLimit))
        set(CURLOPT_TIMEOUT_MS, max(1, call.totalLimit))
        // libcurl repeats what got no answer on a connection that was used before.
        if !call.isRepeatable { set(CURLOPT_FRESH_CONNECT, 1) }
        // All codings that libcurl was built with.
        set(CURLOPT_ACCEPT_ENCODING, "")
        set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        set(CURLOPT_USERAGENT, userAgent)
        if let authorities { set(CURLOPT_CAINFO, authorities) }
        chimney_curl_set_pointer(easy, CURLOPT_ERRORBUFFER, detail)

        let me = Unmanaged.passUnretained(self).toOpaque()
        chimney_curl_set_pointer(easy, CURLOPT_PRIVATE, me)
        chimney_curl_set_pointer(easy, CURLOPT_WRITEDATA, me)
        chimney_curl_set_callback(easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, me in
            guard let bytes, let me else { return 0 }
            return Unmanaged<Transfer>.fromOpaque(me).takeUnretainedValue().takeBody(bytes, size * count)
        }
        chimney_curl_set_pointer(easy, CURLOPT_HEADERDATA, me)
        chimney_curl_set_callback(easy, CURLOPT_HEADERFUNCTION) { bytes, size, count, me in
            guard let bytes, let me else { return 0 }
            return Unmanaged<Transfer>.fromOpaque(me).takeUnretainedValue().takeHeader(bytes, size * count)
        }
        setMethod()
        setFields()
    }

    private func setMethod() {
        let method = call.method
        switch (method, call.body) {
        case (.head, _): set(CURLOPT_NOBODY, 1)
        case (.get, nil): set(CURLOPT_HTTPGET, 1)
        case (.post, _), (.put, _), (.patch, _), (_, .some):
            // Where content is expected, none is said to be 0 bytes (RFC 9110, section 8.6).
            let body = call.body ?? []
            set(CURLOPT_POST, 1)
            chimney_curl_set_size(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count))
            body.withUnsafeBytes { _ = chimney_curl_set_pointer(easy, CURLOPT_COPYPOSTFIELDS, $0.baseAddress) }
            if body.isEmpty { set(CURLOPT_POSTFIELDS, "") }
            if method != .post { set(CURLOPT_CUSTOMREQUEST, method.rawValue) }
        default:
            set(CURLOPT_HTTPGET, 1)
            set(CURLOPT_CUSTOMREQUEST, method.rawValue)
        }
    }

    private func setFields() {
        for field in call.fields {
            // An empty value is written with a semicolon; with a colon it would take a default away
            // (CURLOPT_HTTPHEADER(3)).
            append(field.value.isEmpty ? "\(field.name);" : "\(field.name): \(field.value)")
        }
        // libcurl's own ideas about content: its type, and a pause before a large one.
        if call.fields[.contentType] == nil { append("Content-Type:") }
        if call.fields[.expect] == nil { append("Expect:") }
        chimney_curl_set_pointer(easy, CURLOPT_HTTPHEADER, list)
    }

    private func append(_ line: String) { list = chimney_curl_slist_append(list, line) }

    private func set(_ option: CURLoption, _ value: Int) { _ = chimney_curl_set_long(easy, option, value) }
    private func set(_ option: CURLoption, _ value: String) { _ = chimney_curl_set_string(easy, option, value) }

    // MARK: Receiving

    private func takeBody(_ bytes: UnsafeMutablePointer<CChar>, _ count: Int) -> Int {
        guard body.count + count <= call.bodyLimit else {
            excess = "the content of the answer exceeds \(call.bodyLimit) bytes"
            return 0
        }
        body.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: count))
        return count
    }

    /// Takes one line.
    private func takeHeader(_ bytes: UnsafeMutablePointer<CChar>, _ count: Int) -> Int {
        headerBytes += count
        let line = UnsafeRawBufferPointer(start: bytes, count: count)
        if line.starts(with: "HTTP/".utf8) { isHeaderWhole = false }
        if line.first == UInt8(ascii: "\r") || line.first == UInt8(ascii: "\n") { isHeaderWhole = true }
        guard headerBytes <= call.headerLimit else {
            excess = "the header of the answer exceeds \(call.headerLimit) bytes"
            return 0
        }
        return count
    }

    // MARK: Concluding

    /// What has become of the call; nil if it goes on with another request, of which `easy` knows already.
    func conclude(_ code: CURLcode) -> Result<HTTPCall.Answer, HTTPCall.Failure>? {
        guard code == CURLE_OK else { return .failure(failure(code)) }
        // libcurl takes a connection that ends within a header for the end of it.
        guard isHeaderWhole else { return .failure(failure(.broken, "the connection ended within the header")) }
        var status = 0
        chimney_curl_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
        guard (200...999).contains(status) else { return .failure(failure(.broken, "the answer has no status")) }
        if call.followsRedirects, [301, 302, 303, 307, 308].contains(status), let target = redirectTarget {
            do throws(HTTPCall.Failure) {
                try follow(target, status)
                return nil
            } catch {
                return .failure(error)
            }
        }
        return .success(
            HTTPCall.Answer(
                status: HTTPResponse.Status(code: status), fields: fields, body: body,
                microseconds: MonotonicClock.microseconds - began))
    }

    /// The failure of a call that its owner gives up.
    var cancelled: HTTPCall.Failure { failure(.cancelled, "given up") }

    private func failure(_ kind: HTTPCall.Failure.Kind, _ reason: String) -> HTTPCall.Failure {
        HTTPCall.Failure(kind: kind, origin: origin.description, reason: reason)
    }

    private func failure(_ code: CURLcode) -> HTTPCall.Failure {
        if let excess { return failure(.tooLarge, excess) }
        if code == CURLE_OPERATION_TIMEDOUT {
            var connected = curl_off_t(0)
            chimney_curl_get_size(easy, CURLINFO_PRETRANSFER_TIME_T, &connected)
            let elapsed = (MonotonicClock.microseconds - began) / 1000
            let isConnecting = connected == 0 && redirects == 0 && elapsed < UInt64(max(1, call.totalLimit))
            return failure(
                .timeout,
                isConnecting
                    ? "no connection within \(call.connectLimit) ms" : "no whole answer within \(call.totalLimit) ms")
        }
        var systemError = 0
        chimney_curl_get_long(easy, CURLINFO_OS_ERRNO, &systemError)
        return HTTPCall.Failure(
            code, origin: origin, detail: String(cString: detail), systemError: Int32(truncatingIfNeeded: systemError))
    }

    private var fields: HTTPFields {
        var fields = HTTPFields()
        var last: UnsafeMutablePointer<curl_header>?
        while let next = chimney_curl_easy_nextheader(easy, UInt32(CURLH_HEADER), -1, last) {
            last = next
            guard let name = HTTPField.Name(String(cString: next.pointee.name)) else { continue }
            fields.append(HTTPField(name: name, value: String(cString: next.pointee.value)))
        }
        return fields
    }

    // MARK: Redirects

    /// The URL that the answer's `Location` names, made absolute by libcurl.
    private var redirectTarget: String? {
        var url: UnsafePointer<CChar>?
        chimney_curl_get_string(easy, CURLINFO_REDIRECT_URL, &url)
        return url.map { String(cString: $0) }
    }

    /// Turns to where the answer has sent it, unless that is another server: what the fields authorise is for this one.
    private func follow(_ target: String, _ status: Int) throws(HTTPCall.Failure) {
        guard redirects < Self.redirectLimit else {
            throw failure(.redirect, "more than \(Self.redirectLimit) redirects")
        }
        guard let next = HTTPOrigin(target) else { throw failure(.redirect, "a redirect to no http or https URL") }
        guard next == origin else { throw failure(.redirect, "a redirect to another server, \(next)") }
        let elapsed = Int((MonotonicClock.microseconds - began) / 1000)
        guard elapsed < call.totalLimit else {
            throw failure(.timeout, "no whole answer within \(call.totalLimit) ms")
        }
        redirects += 1
        body = []
        headerBytes = 0
        set(CURLOPT_URL, target)
        set(CURLOPT_TIMEOUT_MS, call.totalLimit - elapsed)
        // 303 says GET, and so do 301 and 302 after POST, by old custom (RFC 9110, section 15.4).
        if status == 303 && call.method != .head || status < 303 && call.method == .post {
            chimney_curl_set_string(easy, CURLOPT_CUSTOMREQUEST, nil)
            set(CURLOPT_HTTPGET, 1)
        }
    }
}
