/// What a process does while something is not there yet that a client waits for.
public enum Patience {
    /// It serves many clients at once, and keeps those that wait as long as it has room. Holds have some of their own:
    /// streams can be asked for by anybody, and shall not keep work from its outcome.
    case streaming(hasRoomForStream: Bool, hasRoomForHold: Bool)
    /// It serves one request at a time, and waits with it where it may: not so many of a pool may that nobody is left.
    case alone(mayWait: () -> Bool)
}
