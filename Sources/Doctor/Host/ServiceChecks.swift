import Glibc

/// Checks of what is deployed on this host, and of the means for it.
enum ServiceChecks {
    static let all = [
        Check(.services, "services file", file),
        Check(.services, "docker", docker),
    ]

    private static let unused = Verdict.skipped("DEPLOY_SERVICES_FILE is not set")

    private static func file(_ examination: Examination) -> Verdict {
        guard let runner = examination.subject.runner else { return unused }
        let problems = runner.problems.map { problem in
            Finding(
                .fault, "the services file: \(problem)", meaning: "Deployments that need it fail.",
                remedy:
                    "correct it in \(examination.subject.variables["DEPLOY_SERVICES_FILE"] ?? "the services file"); "
                    + "chimney runner --check")
        }
        let warnings = runner.warnings.map { warning in
            Finding(
                .warning, warning, meaning: "A visitor may see a reset connection during a blue-green switch.",
                remedy: "echo net.ipv4.tcp_migrate_req=1 > /etc/sysctl.d/60-chimney.conf && sysctl --system")
        }
        return .of(problems + warnings, seen: "right, and all that it names is here")
    }

    private static let dockerSocket = "/var/run/docker.sock"

    private static func docker(_ examination: Examination) -> Verdict {
        guard let runner = examination.subject.runner else { return unused }
        guard runner.needsDocker else { return .skipped("no service of this host needs it") }
        switch examination.run(
            "docker", ["version", "--format", "{{.Server.Version}}"], environment: environment(examination))
        {
        case .absent: return .skipped("the program docker is not installed here")
        case .givenUp: return .wrong([away("it does not answer in time")])
        case .ended(0, let output, _):
            let version = String(output.prefix { !$0.isNewline })
            guard let runner = Identity(user: "chimney-runner"), FileStatus(dockerSocket) != nil,
                let obstacle = Access.obstacle(to: dockerSocket, 2, for: runner)
            else { return .good("docker \(version)") }
            return .wrong([
                Finding(
                    .warning, "docker answers, but \(obstacle)",
                    meaning: "Every deployment that needs it fails, unless the runner's unit gives it a group.",
                    remedy: "usermod -aG docker chimney-runner, then systemctl restart chimney-runner")
            ])
        case .ended(_, _, let errors):
            return .wrong([
                away((errors.split(whereSeparator: \.isNewline).first.map(String.init) ?? "").shortened(to: 200))
            ])
        }
    }

    private static func away(_ reason: String) -> Finding {
        Finding(
            .fault, "docker cannot be used: \(reason)", meaning: "Every deployment that needs it fails.",
            remedy: "systemctl enable --now docker, and let chimney-runner into the group docker")
    }

    /// Where docker is, for who has it elsewhere.
    private static func environment(_ examination: Examination) -> [String: String] {
        examination.subject.variables.filter { $0.key.hasPrefix("DOCKER_") }
    }
}
