import Dragonfly
import Essentials
import FastCGI
import Telemetry
import Web

extension Operations {
    /// The role of those that answer requests.
    static let workerRole = "worker"
    /// The role of those that keep clients that wait.
    static let streamerRole = "streamer"

    /// The processes of all hosts: this one's as they are now, the others' as their agents told a second ago.
    func processes(
        _ store: Store, now: Timestamp, privateMemory: (Int32) -> Int64? = { _ in nil }
    ) -> [ProcessReport] {
        let others = try? HostReport.processes(of: store, but: host.name, now: now)
        return host.report(catalogue(), privateMemory: privateMemory) + (others ?? [])
    }

    /// The scoreboards: a list for each role.
    func showPool(_ request: Request, _ context: Context) -> Response {
        let processes = processes(context.store, now: context.now, privateMemory: Host.privateMemory(of:))
        let common = [Self.workerRole, Self.streamerRole]
        let roles = common + Set(processes.map(\.role)).subtracting(common).sorted()
        return .json(
            JSONWriter.object(capacity: 256 + processes.count * 256) { json in
                json.member("host", host.name)
                json.member("uptime_s", host.uptime)
                for role in roles {
                    json.key("\(role)s" as String)
                    json.array { list in
                        for process in processes where process.role == role { process.write(to: &list) }
                    }
                }
            })
    }
}
