import Testing

/// Tests that drive the built program behind a real Caddy with a real store. Suites of it are written as extensions of this
/// one, so that they run one after the other: a machine with two cores has room for one origin at a time.
@Suite(.serialized) enum EndToEnd {}
