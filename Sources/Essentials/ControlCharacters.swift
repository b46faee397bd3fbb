extension Unicode.Scalar {
    /// Whether it is a control character (C0, DEL, C1) or one of the line ends that Unicode adds.
    public var isControl: Bool { value < 0x20 || (0x7F...0x9F).contains(value) || value == 0x2028 || value == 0x2029 }
}
