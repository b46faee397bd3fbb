import Testing

@testable import Deployer

/// What the state of a container means for a deployment.
@Suite struct ContainerStateTests {
    private func state(
        _ status: ContainerState.Status, _ health: ContainerState.Health? = nil, exitCode: Int = 0, words: String = ""
    ) -> ContainerState {
        ContainerState(image: "sha256:0", status: status, health: health, exitCode: exitCode, lastWords: words)
    }

    private func judge(_ state: ContainerState, isStarting: Bool = false, hasOwnProbe: Bool = true)
        -> HealthCheck.Finding
    {
        HealthCheck.judge(state, isStarting: isStarting, hasOwnProbe: hasOwnProbe)
    }

    @Test func itIsWellWhenItRunsAndSaysNothingElse() {
        #expect(judge(state(.running)) == .well)
        #expect(judge(state(.running, .healthy)) == .well)
        #expect(judge(state(.running, .unhealthy), hasOwnProbe: false) == .well)
    }

    @Test func whatMayYetComeIsWaitedFor() {
        #expect(judge(state(.created)) == .unwell("the container is created"))
        #expect(judge(state(.restarting, words: "no route")) == .unwell("the container is restarting: no route"))
        #expect(judge(state(.paused), hasOwnProbe: false) == .unwell("the container is paused"))
        #expect(judge(state(.running, .starting)) == .unwell("the container is starting"))
        #expect(judge(state(.running, .unhealthy), isStarting: true) == .unwell("unhealthy"))
    }

    @Test func whatWillNotComeIsNot() {
        #expect(judge(state(.running, .unhealthy, words: "no route")) == .lost("unhealthy: no route"))
        #expect(judge(state(.exited, exitCode: 0)) == .lost("the container has exited with status 0"))
        #expect(
            judge(state(.exited, .healthy, exitCode: 137, words: "it was out of memory"), isStarting: true)
                == .lost("the container has exited with status 137: it was out of memory"))
        #expect(judge(state(.dead), hasOwnProbe: false) == .lost("the container is dead"))
        #expect(judge(state(.removing)) == .lost("the container is removing"))
    }
}
