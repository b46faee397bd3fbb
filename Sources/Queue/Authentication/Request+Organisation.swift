import FastCGI
import HTTPTypes
import Web

extension HTTPField.Name {
    /// `X-Organisation`: which organisation a person acts for.
    static let organisation = Self("X-Organisation")!
}

extension Request {
    /// The organisation that the caller names; nil if it names none.
    ///
    /// - Throws: `Problem` 400 for what cannot be one.
    func organisation() throws(Problem) -> Organisation? {
        guard let name = self[.organisation], !name.isEmpty else { return nil }
        guard let organisation = Organisation(name) else {
            throw .badRequest(
                "Send an organisation of GitHub's in the header X-Organisation: at most 100 of A-Za-z0-9._-.")
        }
        return organisation
    }
}
