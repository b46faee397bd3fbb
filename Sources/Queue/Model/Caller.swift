import Essentials
import Web

extension Identity {
    /// Members of a deployment that tell who has made it.
    var creation: String {
        members { json in
            json.member("organisation", organisation)
            json.member("created_by_repo", repository)
            json.member("created_by_workflow", workflow)
            json.member("created_by_actor", actor)
        }
    }

    /// Members of the history that tell who has changed something.
    var authorship: String {
        members { json in
            json.member("actor", actor)
            json.member("repository", repository)
            json.member("workflow", workflow)
        }
    }

    private func members(_ write: (inout JSONWriter) -> Void) -> String {
        String(decoding: JSONWriter.object(write).dropFirst().dropLast(), as: UTF8.self)
    }
}
