import Essentials
import FastCGI
import HTTPTypes
import Web

extension Deployer {
    private static let listLimit = 100

    /// `GET /deploy`
    func list(_ request: Request, _ context: Context) throws -> Response {
        let limit = try context.query.integer("limit", default: 20, in: 1...Self.listLimit)
        let service = context.query["service"].flatMap { $0.isEmpty ? nil : $0 }
        if let service, service.utf8.count > 64 || !service.utf8.allSatisfy(\.isNameByte) {
            throw Problem.badRequest("Set service to the name of a service, or leave it out.")
        }
        let jobs = try JobStore(store: context.store).newest(limit, of: service)
        return .json(
            JSONWriter.object(capacity: 4096) { json in
                json.key("deployments")
                json.array { list in for job in jobs { list.object { job.write(to: &$0, log: nil) } } }
            })
    }

    /// `GET /deploy/{id}`
    func show(_ request: Request, _ context: Context) throws -> Response {
        let store = JobStore(store: context.store)
        let job = try job(context)
        return job.response(log: try store.log(job.id), status: .ok)
    }

    /// `GET /deploy/{id}/log`
    func streamLog(_ request: Request, _ context: Context) throws -> Response {
        try context.stream(JobStore.ring(try job(context).id), to: request)
    }

    private func job(_ context: Context) throws -> Job {
        guard let id = context.parameters["id"], id.utf8.count <= 64, id.utf8.allSatisfy(\.isNameByte),
            let job = try JobStore(store: context.store).job(id)
        else {
            throw Problem(.notFound, "There is no deployment with this id; GET \(Self.mount) lists the newest.")
        }
        return job
    }
}
