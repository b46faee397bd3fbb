import Essentials
import FastCGI
import Glibc
import Logging

/// What a process reports of those that died before it.
extension Recorder {
    /// Reports what the slot's last process left if it died in disorder: its end, the request that it answered with its
    /// last breath, and everything that it had not sent yet.
    public func reportPredecessor() {
        report(slot, to: backlog)
        flush()
    }

    /// Reports a process that has no successor, and sends what it left.
    func adopt(_ slot: Slot) {
        let orphan = Backlog(slot)
        report(slot, to: orphan)
        guard !orphan.isEmpty else { return }
        print(orphan)
        send(orphan, as: Self.sender(board, slot))
    }

    private func report(_ slot: Slot, to backlog: Backlog) {
        guard let death = slot.obituary else { return }
        var writer = LineWriter(time: .now, level: .critical, message: headline(of: death))
        writer.member("host", host)
        writer.member("pid", Int(death.pid))
        if death.signal != 0 {
            writer.member("signal", death.signalName)
        } else {
            writer.member("exit_status", Int(death.exitStatus))
        }
        writer.member("state", death.state.name)
        if death.state.isBusy {
            writer.member("method", slot.method)
            writer.member("route", catalogue.name(ofRoute: slot.route))
            writer.member("path", slot.path)
            writer.member("request_id", slot.requestID)
            writer.member("trace_id", slot.traceID)
            writer.member("span_id", slot.spanID)
        }
        if !death.frames.isEmpty {
            writer.member("backtrace", Backtrace.lines(of: death.frames, image: death.image, limit: 4096))
        }
        noteEntry()
        keep(nil, writer.bytes, isVital: true, in: backlog)
        if let status = death.answered { recordAnswer(status, to: death, of: slot, in: backlog) }
        if death.isCrash { noteCrash(death, in: slot, to: backlog) }
        slot.bury()
    }

    private func headline(of death: Obituary) -> String {
        let role = death.role < roles.count ? roles[death.role] : "worker"
        if death.overtime { return "\(role) ended: its request took too long" }
        return death.isCrash ? "\(role) crashed" : "\(role) ended unexpectedly"
    }

    private func noteCrash(_ death: Obituary, in slot: Slot, to backlog: Backlog) {
        backlog.count(catalogue.index(of: .panics))
        let event = EventWriter.event(.workerCrashed, at: .now) { data in
            data.member("host", host)
            data.member("route", death.state.isBusy ? catalogue.name(ofRoute: slot.route) : nil)
            data.member("request_id", death.state.isBusy ? slot.requestID : nil)
            data.member("signal", death.signalName)
        }
        noteEntry()
        keep(nil, event, .event, isVital: true, in: backlog)
    }

    private func recordAnswer(_ status: Int, to death: Obituary, of slot: Slot, in backlog: Backlog) {
        var record = RequestRecord()
        record.method = slot.method
        record.path = slot.path
        record.route = slot.route
        record.status = status
        record.requestID = slot.requestID
        record.traceID = slot.traceID
        record.spanID = slot.spanID
        record.parentSpanID = slot.parentSpanID.isEmpty ? nil : slot.parentSpanID
        record.failure = RequestRecord.Failure(
            type: death.signalName, message: headline(of: death))
        record.began = slot.requestBegan
        record.ended = MonotonicClock.microseconds
        record.time = slot.requestTime
        var writer = LineWriter(time: record.time, level: .error, message: "request")
        record.write(to: &writer, catalogue: catalogue)
        keep(record.entry, writer.bytes, isVital: true, in: backlog)
    }
}

extension Obituary {
    /// Whether the process died of a defect of its own, and not of somebody else's signal.
    public var isCrash: Bool {
        !overtime && [SIGILL, SIGTRAP, SIGSEGV, SIGABRT, SIGBUS, SIGFPE].contains(signal)
    }
}
