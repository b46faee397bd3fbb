extension Check {
    /// All checks, in the order in which they are made. One more is one more function in one of these lists.
    public static let all =
        SettingsChecks.all + StoreChecks.all + SocketChecks.all + CaddyChecks.all + OutsideChecks.all + GitHubChecks.all
        + LimitChecks.all + UnitChecks.all + ServiceChecks.all + FileChecks.all
}
