import Testing

@testable import Dragonfly

@Suite struct StoreErrorTests {
    @Test(
        "What goes away by itself is no fault of the caller",
        arguments: [
            "LOADING Redis is loading the dataset in memory",
            "OOM command not allowed when used memory > 'maxmemory'.",
            "-OOM allocation failure script: abc, on @user_script:1.",
            "READONLY You can't write against a read only replica.",
            "MISCONF Redis is configured to save RDB snapshots",
            "BUSY Redis is busy running a script.",
            "NOAUTH Authentication required.",
            "WRONGPASS invalid username-password pair or user is disabled.",
            "ERR max number of clients reached",
            "ERR Protocol error: invalid bulk length",
            "ERR Error running script (call to f_0): @user_script:1: -READONLY You can't write against a read only replica.",
            "DENIED Redis is running in protected mode because protected mode is enabled",
            "UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)",
            "GONE with the wind",
        ])
    func transient(message: String) {
        guard case .unavailable(let reason) = StoreError(reply: message) else {
            Issue.record("\(message) is taken for a defect")
            return
        }
        #expect(reason == message)
    }

    @Test(
        "Everything else is a defect",
        arguments: ["ERR unknown command", "WRONGTYPE Operation against a key", "NOSCRIPT No matching script.", ""])
    func refused(message: String) {
        guard case .refused = StoreError(reply: message) else {
            Issue.record("\(message) is not taken for a defect")
            return
        }
    }
}
