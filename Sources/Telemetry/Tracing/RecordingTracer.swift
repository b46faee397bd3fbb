import Essentials
import Tracing

/// What `swift-distributed-tracing` starts spans with: they belong to the request in flight, or to what a `traceparent`
/// names, and go to the outbox when they end.
public struct RecordingTracer: Tracer {
    /// A tracer; it needs nothing of its own.
    public init() {}

    /// Starts a span within that of the context; without one in a trace of its own.
    public func startSpan<Instant: TracerInstant>(
        _ operationName: String, context: @autoclosure () -> InstrumentationContext, ofKind kind: SpanKind,
        at instant: @autoclosure () -> Instant, function: String, file fileID: String, line: UInt
    ) -> RecordedSpan {
        RecordedSpan(
            operationName, context: context(), kind: kind, nanoseconds: instant().nanosecondsSinceEpoch)
    }

    /// Likewise, for callers that do not know the type of the span.
    public func startAnySpan<Instant: TracerInstant>(
        _ operationName: String, context: @autoclosure () -> InstrumentationContext, ofKind kind: SpanKind,
        at instant: @autoclosure () -> Instant, function: String, file fileID: String, line: UInt
    ) -> any Tracing.Span {
        RecordedSpan(
            operationName, context: context(), kind: kind, nanoseconds: instant().nanosecondsSinceEpoch)
    }

    /// Sends what has been collected to the store.
    public func forceFlush() { LogBackend.recorder?.flush() }

    /// Takes over the span that a `traceparent` names.
    public func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier, into context: inout InstrumentationContext, using extractor: Extract
    ) where Extract.Carrier == Carrier {
        if let parent = extractor.extract(key: TraceParent.field, from: carrier).flatMap(TraceParent.init) {
            context.traceParent = parent
        }
    }

    /// Hands on the span of the context as a `traceparent`.
    public func inject<Carrier, Inject: Injector>(
        _ context: InstrumentationContext, into carrier: inout Carrier, using injector: Inject
    ) where Inject.Carrier == Carrier {
        if let parent = context.traceParent {
            injector.inject(parent.text, forKey: TraceParent.field, into: &carrier)
        }
    }
}

private enum TraceParentKey: InstrumentationContextKey {
    typealias Value = TraceParent
    static var nameOverride: String? { TraceParent.field }
}

extension InstrumentationContext {
    /// The span that spans of this context are within.
    public var traceParent: TraceParent? {
        get { self[TraceParentKey.self] }
        set { self[TraceParentKey.self] = newValue }
    }
}
