import CCurl
import Glibc

extension HTTPCall {
    /// Why a call has no answer. Its description is for logs: it names the server, and never a path, query or header.
    public struct Failure: Error, Equatable, CustomStringConvertible {
        /// What went wrong.
        public enum Kind: Sendable, Equatable {
            /// The call itself is wrong; it would fail for ever.
            case invalid
            /// The host's name cannot be resolved.
            case resolve
            /// Nobody accepts connections there.
            case connect
            /// A limit of time was exceeded.
            case timeout
            /// No secure connection: an untrusted certificate, for example.
            case tls
            /// The answer exceeds its limit.
            case tooLarge
            /// A redirect to another server, or too many.
            case redirect
            /// The connection ended too early, or what came is no HTTP.
            case broken
            /// Whoever made the call has given it up.
            case cancelled
        }

        /// What went wrong.
        public let kind: Kind
        /// The server: `https://api.github.com`; empty where the URL names none.
        public let origin: String
        /// What went wrong, in words.
        public let reason: String

        /// A failure.
        public init(kind: Kind, origin: String, reason: String) {
            self.kind = kind
            self.origin = origin
            self.reason = reason
        }

        /// The server and the reason.
        public var description: String { origin.isEmpty ? reason : "\(origin): \(reason)" }
    }
}

extension HTTPCall.Failure {
    /// Reads a result of libcurl (libcurl-errors(3)).
    ///
    /// - Parameters:
    ///   - detail: what libcurl says besides; only what it says of TLS is taken over, for the rest may quote the
    ///     request.
    ///   - systemError: the `errno` of a connection that failed, 0 for none.
    init(_ code: CURLcode, origin: HTTPOrigin, detail: String, systemError: Int32) {
        let kind: Kind =
            switch code {
            case CURLE_URL_MALFORMAT, CURLE_BAD_FUNCTION_ARGUMENT: .invalid
            case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .resolve
            case CURLE_COULDNT_CONNECT, CURLE_PROXY: .connect
            case CURLE_OPERATION_TIMEDOUT: .timeout
            case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
                CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS:
                .tls
            default: .broken
            }
        var reason = String(cString: chimney_curl_easy_strerror(code))
        if kind == .tls, !detail.isEmpty { reason = detail }
        // What libcurl says of an answer that does not begin as HTTP does.
        if code == CURLE_UNSUPPORTED_PROTOCOL { reason = "the answer is no HTTP" }
        if kind == .connect, systemError != 0 { reason = String(cString: strerror(systemError)) }
        self.init(kind: kind, origin: origin.description, reason: reason)
    }
}
