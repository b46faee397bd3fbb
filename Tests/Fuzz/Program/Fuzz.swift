import Glibc

/// The parser that libFuzzer drives: `CHIMNEY_FUZZ_PARSER` names it.
private let parser: Parser = {
    let name = getenv("CHIMNEY_FUZZ_PARSER").map { String(cString: $0) } ?? ""
    guard let parser = Parser.named(name) else {
        let text = "Set CHIMNEY_FUZZ_PARSER to one of: \(Parser.all.map(\.name).joined(separator: " "))\n"
        write(STDERR_FILENO, text, text.utf8.count)
        exit(64)
    }
    return parser
}()

/// Has libFuzzer end as by Ctrl-C after so many seconds of processor time (`CHIMNEY_FUZZ_SECONDS`): it knows of the wall's
/// clock alone, and how much that says depends on what else the machine does.
private func endAfterProcessorTime() {
    guard let seconds = getenv("CHIMNEY_FUZZ_SECONDS").flatMap({ Int(String(cString: $0)) }) else { return }
    signal(SIGPROF) { _ in raise(SIGINT) }
    var timer = itimerval()
    timer.it_value.tv_sec = seconds
    setitimer(__itimer_which_t(ITIMER_PROF.rawValue), &timer, nil)
}

/// What libFuzzer calls with each input (https://llvm.org/docs/LibFuzzer.html#fuzz-target).
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    do {
        try parser.read(Array(UnsafeBufferPointer(start: start, count: count)))
    } catch {
        fatalError("\(error)")
    }
    return 0
}

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// The beginning of the program, as SwiftPM names it: libFuzzer's own `main` would not be found.
@_cdecl("fuzz_main")
public func fuzzMain(_ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> CInt {
    _ = parser
    endAfterProcessorTime()
    var count = count
    var arguments = arguments
    return runDriver(&count, &arguments) { testOneInput($0, $1) }
}
