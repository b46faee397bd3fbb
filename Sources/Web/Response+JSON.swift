import FastCGI
import HTTPTypes

extension Response {
    /// An answer in JSON.
    public static func json(_ body: [UInt8], status: HTTPResponse.Status = .ok) -> Response {
        Response(status: status, fields: jsonFields, body: body)
    }

    private static let jsonFields: HTTPFields = [.contentType: MediaType.json]
}
