extension GitHubService.State {
    /// Does what a POST asks for: deployments and their statuses can be made.
    mutating func write(_ call: GitHubCall, _ body: [UInt8]) -> GitHubReply {
        let path = call.path
        guard path.count >= 4, path[0] == "repos", path[3] == "deployments",
            let index = repositories.firstIndex(where: {
                $0.fullName.lowercased() == "\(path[1])/\(path[2])".lowercased()
            })
        else { return .notFound }
        guard let body = try? JSON(parsing: body), case .object = body else {
            return .error(400, "Problems parsing JSON")
        }
        let shapes = GitHubShapes(api: call.api)
        var reply: GitHubReply
        switch path.count {
        case 4:
            // Any commit will do, known or not.
            guard let ref = body.ref?.text else { return .error(422, "Invalid request.\n\n\"ref\" wasn't supplied.") }
            let id = repositories[index].deploy(
                ref, to: body.environment?.text ?? "production", description: body.description?.text,
                payload: body.payload ?? .object([:]))
            guard let made = repositories[index].deployments.last(where: { $0.id == id }) else { return .notFound }
            reply = .one(shapes.deployment(made, of: repositories[index]))
        case 6 where path[5] == "statuses":
            guard let id = Int(path[4]), repositories[index].deployments.contains(where: { $0.id == id }) else {
                return .notFound
            }
            guard let state = body.state?.text else {
                return .error(422, "Invalid request.\n\n\"state\" wasn't supplied.")
            }
            repositories[index].setState(ofDeployment: id, state, description: body.description?.text ?? "")
            guard let made = repositories[index].deployments.last(where: { $0.id == id }),
                let status = made.statuses.last
            else { return .notFound }
            reply = .one(shapes.status(status, of: made, of: repositories[index]))
        default: return .notFound
        }
        reply.status = 201
        return reply
    }
}
