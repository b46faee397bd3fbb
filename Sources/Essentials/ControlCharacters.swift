extension StringProtocol {
    /// The text as a terminal may show it: a tab is a space, and any other character that `misleads` U+FFFD, line ends among them.
    public var withoutControls: String {
        String(String.UnicodeScalarView(unicodeScalars.map { $0 == "\t" ? " " : $0.misleads ? "\u{FFFD}" : $0 }))
    }
}

extension Unicode.Scalar {
    /// Whether it is a control character (C0, DEL, C1) or one of the line ends that Unicode adds.
    public var isControl: Bool { value < 0x20 || (0x7F...0x9F).contains(value) || value == 0x2028 || value == 0x2029 }

    /// Whether a text that is shown with it may be read as another than it is.
    public var misleads: Bool { isControl || turnsDirection }

    /// Whether it turns the direction in which what follows is shown (Unicode Standard Annex 9, section 2).
    private var turnsDirection: Bool {
        value == 0x061C || value == 0x200E || value == 0x200F || (0x202A...0x202E).contains(value)
            || (0x2066...0x2069).contains(value)
    }
}
