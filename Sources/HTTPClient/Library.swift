import CCurl

/// libcurl in this process.
enum Library {
    /// Why libcurl cannot be used; nil if it can. Asking opens it.
    static let problem: String? = {
        var reason: UnsafePointer<CChar>?
        guard chimney_curl_open(&reason) else {
            return "libcurl cannot be opened: " + (reason.map { String(cString: $0) } ?? "unknown reason")
        }
        return chimney_curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK ? nil : "libcurl cannot be started"
    }()
}
