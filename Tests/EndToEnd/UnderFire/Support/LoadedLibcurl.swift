import Foundation
import TestSupport

extension PoolProcess {
    /// Has each worker ask GitHub itself once, as it does while the store is kept from the processor for too long: libcurl, which
    /// it loads for that, stays, with its memory and its descriptors.
    ///
    /// - Returns: what they answered.
    func loadLibcurl() throws -> [FastCGIClient.Answer] {
        let workers = workers
        return try workers.map { worker in
            // It is always the same one's turn while there is no other request.
            let others = workers.filter { $0 != worker }
            for other in others { kill(other, SIGSTOP) }
            defer { for other in others { kill(other, SIGCONT) } }
            guard eventually({ others.allSatisfy(isStopped) }) else {
                throw TestSupportError("A worker cannot be stopped.")
            }
            // Who comes by no front end that keeps requests waits with his worker.
            let answer = try FastCGIClient(.unix(socket))
                .request("GET", "/api/github/issues", variables: ["QUERY_STRING": "page=\(worker)"])
            guard try Self.hasLoadedLibcurl(worker) else { throw TestSupportError("Another worker was asked.") }
            return answer
        }
    }

    private static func hasLoadedLibcurl(_ pid: pid_t) throws -> Bool {
        // Of such a file a string is made of its first page alone.
        let maps = try FileHandle(forReadingFrom: URL(filePath: "/proc/\(pid)/maps")).readToEnd() ?? Data()
        return maps.firstRange(of: Data("libcurl".utf8)) != nil
    }
}
