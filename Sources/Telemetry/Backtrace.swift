import CPosix
import Glibc

@_silgen_name("swift_demangle")
private func swift_demangle(
    _ name: UnsafePointer<CChar>, _ length: Int, _ output: UnsafeMutablePointer<CChar>?,
    _ outputSize: UnsafeMutablePointer<Int>?, _ flags: UInt32
) -> UnsafeMutablePointer<CChar>?

/// Names for the program counters of a process that was forked from the same image as this one.
///
/// dladdr(3) knows exported functions only, so the program's own are looked up in the symbol table of its file, which a
/// release binary therefore keeps.
enum Backtrace {
    /// A line for each frame, innermost first; at most `limit` bytes of them.
    ///
    /// - Parameter image: where the program of that process was loaded. After an exec it is not where this one is, and
    ///   its frames are given as offsets.
    static func lines(of frames: [UInt], image: UInt, limit: Int) -> [String] {
        let own = UInt(chimney_program_base())
        guard image == own || image == 0 else {
            return frames.map {
                "0x\(String($0, radix: 16)) chimney+0x\(String($0 &- image, radix: 16)) (another build)"
            }
        }
        let symbols = Symbols.ofProgram(near: frames.enumerated().map { lookup($1, at: $0) })
        var lines: [String] = []
        var size = 0
        for (index, frame) in frames.enumerated() {
            let name = symbols[lookup(frame, at: index)] ?? exportedName(lookup(frame, at: index)) ?? "?"
            let line = "0x\(String(frame, radix: 16)) \(demangled(name))"
            size += line.utf8.count
            guard size <= limit else { break }
            lines.append(line)
        }
        return lines
    }

    /// All but the innermost are return addresses: the call stands before them.
    private static func lookup(_ frame: UInt, at index: Int) -> UInt { index == 0 ? frame : frame - 1 }

    private static func exportedName(_ address: UInt) -> String? {
        let location = chimney_locate(address)
        if let name = location.symbol { return String(cString: name) }
        guard let file = location.file else { return nil }
        return String(cString: file).split(separator: "/").last.map { "in \($0)" }
    }

    private static func demangled(_ name: String) -> String {
        guard let text = swift_demangle(name, name.utf8.count, nil, nil, 0) else { return name }
        defer { free(text) }
        return String(cString: text)
    }
}

/// The symbol table of the running program's file (ELF, section `.symtab`).
private enum Symbols {
    /// The names of the functions that these addresses lie in.
    static func ofProgram(near addresses: [UInt]) -> [UInt: String] {
        let descriptor = open("/proc/self/exe", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [:] }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_size > MemoryLayout<Elf64_Ehdr>.size,
            let memory = mmap(nil, Int(status.st_size), PROT_READ, MAP_PRIVATE, descriptor, 0), memory != MAP_FAILED
        else { return [:] }
        defer { munmap(memory, Int(status.st_size)) }
        return names(of: addresses, in: UnsafeRawBufferPointer(start: memory, count: Int(status.st_size)))
    }

    private static func names(of addresses: [UInt], in file: UnsafeRawBufferPointer) -> [UInt: String] {
        let header = file.loadUnaligned(as: Elf64_Ehdr.self)
        guard header.e_ident.0 == 0x7F, header.e_ident.4 == 2, let base = loadAddress(header) else { return [:] }
        func section(_ index: Int) -> Elf64_Shdr? {
            let offset = Int(header.e_shoff) + index * Int(header.e_shentsize)
            guard index < Int(header.e_shnum), offset + MemoryLayout<Elf64_Shdr>.size <= file.count else { return nil }
            return file.loadUnaligned(fromByteOffset: offset, as: Elf64_Shdr.self)
        }
        let tables = (0..<Int(header.e_shnum)).compactMap(section)
        guard let symbols = tables.first(where: { $0.sh_type == 2 }), let strings = section(Int(symbols.sh_link)),
            Int(symbols.sh_offset) + Int(symbols.sh_size) <= file.count,
            Int(strings.sh_offset) + Int(strings.sh_size) <= file.count
        else { return [:] }

        var found: [UInt: (name: UInt32, start: UInt)] = [:]
        let stride = MemoryLayout<Elf64_Sym>.size
        for offset in Swift.stride(
            from: Int(symbols.sh_offset), to: Int(symbols.sh_offset + symbols.sh_size), by: stride)
        {
            let symbol = file.loadUnaligned(fromByteOffset: offset, as: Elf64_Sym.self)
            guard symbol.st_info & 15 == 2, symbol.st_value != 0 else { continue }
            let start = base + UInt(symbol.st_value)
            for address in addresses where address >= start && address < start + max(1, UInt(symbol.st_size)) {
                found[address] = (symbol.st_name, start)
            }
        }
        return found.mapValues { entry in
            let start = file.baseAddress! + Int(strings.sh_offset) + Int(entry.name)
            return String(cString: start.assumingMemoryBound(to: CChar.self))
        }
    }

    /// What is added to the file's addresses: 0 unless it is position-independent.
    private static func loadAddress(_ header: Elf64_Ehdr) -> UInt? {
        guard header.e_type == 3 else { return 0 }
        let base = chimney_program_base()
        return base == 0 ? nil : UInt(base)
    }
}
