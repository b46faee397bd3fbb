/// What becomes of a call while another deployment of its service is not finished.
public enum Mode: String, CaseIterable, Sendable {
    /// It is refused.
    case reject
    /// It waits for its turn.
    case wait
    /// It waits, and takes the place of those that wait already.
    case supersede
}
