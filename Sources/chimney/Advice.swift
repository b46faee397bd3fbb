import Doctor
import Essentials

/// What the settings leave open: right as they are, but perhaps not as they were meant.
struct Advice {
    /// How bad it is in production.
    let severity: Finding.Severity
    /// What is the case.
    let fact: String
    /// What follows from it.
    let consequence: String
    /// How to mend it.
    let remedy: String

    /// A line for the log.
    var text: String { "\(fact): \(consequence)" }

    /// Characters of a secret that nobody guesses: of random digits and letters, where each guess takes a request.
    private static let shortestSecret = 16

    /// All that is worth a warning at start.
    static func all(_ settings: inout Settings) -> [Advice] {
        var advice: [Advice] = []
        func add(
            _ severity: Finding.Severity, _ fact: String, _ consequence: String, remedy: String
        ) {
            advice.append(Advice(severity: severity, fact: fact, consequence: consequence, remedy: remedy))
        }
        let asksForTokens = settings.bool("AUTH_ENABLED", default: true)
        if settings.secrets("DEPLOY_TOKEN").isEmpty {
            add(
                .warning, "DEPLOY_TOKEN is not set", "POST /api/deploy/events refuses everybody",
                remedy:
                    "put a token into /etc/chimney/secrets/deploy_token, as chimney.service loads it, or set DEPLOY_TOKEN_FILE"
            )
        }
        if settings.secrets("LOGS_TOKEN").isEmpty {
            add(
                .warning, "LOGS_TOKEN is not set", "everybody may read the log, Caddy's, and those of deployments",
                remedy:
                    "put a token into /etc/chimney/secrets/logs_token, or set LOGS_TOKEN_FILE; the dashboard asks for it"
            )
        }
        if !asksForTokens {
            add(
                .fault, "AUTH_ENABLED is false", "the queue believes everybody on this host; never in production",
                remedy: "take AUTH_ENABLED out of the settings")
        }
        if asksForTokens, settings.string("ALLOWED_ORGANISATIONS") == nil {
            add(
                .warning, "ALLOWED_ORGANISATIONS is not set",
                "every organisation and user of GitHub may fill the queue",
                remedy: "set ALLOWED_ORGANISATIONS=acme,octo-org to those that may use it")
        }
        if settings.string("DEPLOY_SERVICES_FILE") != nil, settings.secrets("WEBHOOK_SECRET").isEmpty {
            add(
                .warning, "WEBHOOK_SECRET is not set", "POST /deploy refuses everybody",
                remedy:
                    "put a secret into /etc/chimney/secrets/webhook_secret, or set WEBHOOK_SECRET_FILE, and give the same to who calls `chimney deploy`"
            )
        }
        for name in [
            "DEPLOY_TOKEN", "INVALIDATE_TOKEN", "LOGS_TOKEN", "ADMIN_TOKEN", "WEBHOOK_SECRET", "GITHUB_WEBHOOK_SECRET",
        ] {
            let short = settings.secrets(name).filter { $0.value.utf8.count < shortestSecret }.map(\.name)
            guard !short.isEmpty else { continue }
            add(
                .warning,
                "\(name) has a secret of less than \(shortestSecret) characters (\(short.joined(separator: ", ")))",
                "it can be guessed, as right ones pass however many wrong ones came before",
                remedy: "make one by: head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \\n'")
        }
        if settings.bool("CHIMNEY_FAULTS", default: false) {
            add(
                .fault, "CHIMNEY_FAULTS is set", "anybody can crash and delay workers by /debug/…; never in production",
                remedy: "take CHIMNEY_FAULTS out of the settings")
        }
        for credential in settings.unknownCredentials {
            add(
                .warning, "the credential \(credential) is none that chimney knows",
                "nothing comes of it",
                remedy:
                    "name the file in /etc/chimney/secrets as a setting of README.md's that may be a secret, in small letters"
            )
        }
        return advice
    }

    /// It as a finding.
    var finding: Finding {
        Finding(
            severity, fact, meaning: consequence.prefix(1).uppercased() + consequence.dropFirst() + ".", remedy: remedy)
    }
}
