import Glibc

/// The pool as systemd runs it.
public enum RunningService {
    /// The variables that the pool's service was started with, those of its unit and its credentials included; nil where
    /// none runs, or they cannot be seen.
    public static var variables: [String: String]? {
        let units = Unit.all { program, arguments in
            Program.run(program, arguments, environment: ["PATH": "/usr/bin:/bin"], milliseconds: 5000)
        }
        guard let process = units?.first(where: { $0.isPool && $0.mainProcess != nil })?.mainProcess else { return nil }
        let variables = ProcessTable.variables(of: process)
        return variables.isEmpty ? nil : variables
    }
}
