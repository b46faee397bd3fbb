import Glibc

/// The pool as systemd runs it.
public struct RunningService {
    /// Its unit without what kind it is: `chimney`, or `chimney@blue`, as systemd's %N has it (systemd.unit(5)).
    public let name: String
    /// The variables that it was started with, those of its unit and its credentials included; empty where they cannot be
    /// seen.
    public let variables: [String: String]

    /// The one that runs; nil where none does.
    public static var current: RunningService? {
        let units = Unit.all { program, arguments in
            Program.run(program, arguments, environment: ["PATH": "/usr/bin:/bin"], milliseconds: 5000)
        }
        guard let unit = units?.first(where: { $0.isPool && $0.mainProcess != nil }), let process = unit.mainProcess
        else {
            return nil
        }
        return RunningService(
            name: String(unit.name.dropLast(".service".count)), variables: ProcessTable.variables(of: process))
    }
}
