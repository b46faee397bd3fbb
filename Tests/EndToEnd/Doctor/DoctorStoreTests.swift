import TestSupport
import Testing

extension EndToEnd {
    /// `chimney doctor` on installations whose store is not as it should be.
    @Suite(.serialized, ExaminedOriginTrait()) struct DoctorStoreTests {
        private var origin: ExaminedOrigin { get throws { try #require(ExaminedOriginTrait.origin) } }

        /// What is found while a setting of the store is another one.
        private func findings(with name: String, _ value: String, instead usual: String) throws -> [JSON] {
            let origin = try origin
            try origin.store.run("CONFIG", "SET", name, value)
            defer { _ = try? origin.store.run("CONFIG", "SET", name, usual) }
            return try origin.findings()
        }

        @Test("One that throws keys away") func eviction() throws {
            expectOnly(
                try findings(with: "maxmemory-policy", "allkeys-lru", instead: "noeviction"), "store",
                found: "maxmemory-policy is allkeys-lru", remedy: "CONFIG SET maxmemory-policy noeviction")
        }

        @Test("One that writes nothing to disk") func persistence() throws {
            expectOnly(
                try findings(with: "appendonly", "no", instead: "yes"), "store", found: "writes nothing to disk",
                remedy: "CONFIG SET appendonly yes")
        }

        @Test("One whose memory has no bound") func memory() throws {
            expectOnly(
                try findings(with: "maxmemory", "0", instead: "256mb"), "store", "warning", found: "no bound",
                remedy: "CONFIG SET maxmemory")
        }

        @Test("A replica") func replica() throws {
            let origin = try origin
            let port = try Address.freePort()
            try origin.store.run("REPLICAOF", "127.0.0.1", String(port))
            defer { _ = try? origin.store.run("REPLICAOF", "NO", "ONE") }
            expectOnly(
                try origin.findings(), "store", found: "READONLY", remedy: "set DRAGONFLY_URL to the primary")
        }

        @Test("One that asks for a password") func password() throws {
            let other = try StoreServer()
            try other.run("CONFIG", "SET", "requirepass", "mark-store-password")
            expectOnly(
                try origin.findings(["DRAGONFLY_URL": other.url]), "store", found: "does not let chimney in",
                remedy: "redis://user:password@host:port/db")
            expectOnly(
                try origin.findings(["DRAGONFLY_URL": other.url + "&password=mark-deploy-token"]), "store",
                found: "does not let chimney in", remedy: "DRAGONFLY_URL")
        }

        @Test("One that is away, and one that hangs") func away() throws {
            let other = try StoreServer()
            other.freeze()
            expectOnly(
                try origin.findings(["DRAGONFLY_URL": other.url]), "store", found: "does not answer in time",
                remedy: "systemctl status dragonfly")
            other.thaw()
            other.stop()
            expectOnly(
                try origin.findings(["DRAGONFLY_URL": other.url]), "store", found: "does not answer",
                remedy: "systemctl status dragonfly")
        }
    }
}
