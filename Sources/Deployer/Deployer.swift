/// Deployments: signed calls for them, what becomes of them, and the runner that carries them out.
public struct Deployer: Sendable {
}
