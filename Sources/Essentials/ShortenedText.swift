extension String {
    /// As much of it as has so many Unicode scalars: what limits of texts count, for a `Character` may be many of them.
    public func shortened(to scalars: Int) -> String {
        String(String.UnicodeScalarView(unicodeScalars.prefix(scalars)))
    }
}
