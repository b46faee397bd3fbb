"""An OTLP/HTTP receiver for tests: decodes with the definitions of opentelemetry-proto, and keeps everything.

    collector.py [PORT]     listens on that port of 127.0.0.1 (default: a free one) and prints its number

POST /v1/traces, /v1/logs, /v1/metrics    as the OTLP specification has them, in the binary encoding
GET /received                             all that was taken: requests, spans, logs, metrics (one entry an export)
GET /counts                               how many of each; spans and logs that came twice count once
POST /behave                              how to answer from now on: a JSON object with any of
    signal        for that signal alone: traces, logs or metrics
    status        429, 503, ...; with 200 as by default what comes is taken
    retry_after   the value of Retry-After
    delay         seconds before each answer
    hang          true: no answer, until another behaviour is asked for
    garbage       true: bytes that are no HTTP
    rejected      how many of each request a partial success calls rejected
    message       what it says of that
    times         for so many requests; then as before any behaviour was asked for
"""

import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2 as logs_service
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2 as metrics_service
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as trace_service

MEDIA_TYPE = "application/x-protobuf"


class Malformed(Exception):
    """A request that is decoded, and is not as it should be all the same."""


def plain(value):
    """An AnyValue as JSON has it."""
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [plain(element) for element in value.array_value.values]
    if kind == "kvlist_value":
        return attributes(value.kvlist_value.values)
    return getattr(value, kind) if kind else None


def attributes(pairs):
    """Attributes as an object; their names have to be unique."""
    names = [pair.key for pair in pairs]
    if len(set(names)) < len(names) or "" in names:
        raise Malformed(f"names of attributes: {names}")
    return {pair.key: plain(pair.value) for pair in pairs}


def identity(value, length, may_be_empty=False):
    """An id in hexadecimal digits."""
    if not (len(value) == length and any(value) or may_be_empty and not value):
        raise Malformed(f"id {value.hex()}")
    return value.hex()


def milliseconds(nanoseconds):
    return nanoseconds / 1e6


def spans(request):
    for group in request.resource_spans:
        for scoped in group.scope_spans:
            for span in scoped.spans:
                if not span.start_time_unix_nano <= span.end_time_unix_nano:
                    raise Malformed("a span that ends before it starts")
                yield {
                    "resource": attributes(group.resource.attributes),
                    "scope": scoped.scope.name,
                    "trace_id": identity(span.trace_id, 16),
                    "span_id": identity(span.span_id, 8),
                    "parent_span_id": identity(span.parent_span_id, 8, may_be_empty=True),
                    "name": span.name,
                    "kind": span.SpanKind.Name(span.kind),
                    "start_ms": milliseconds(span.start_time_unix_nano),
                    "end_ms": milliseconds(span.end_time_unix_nano),
                    "attributes": attributes(span.attributes),
                    "status": {"code": span.status.StatusCode.Name(span.status.code), "message": span.status.message},
                    "events": [{"name": event.name, "attributes": attributes(event.attributes)} for event in span.events],
                }


def logs(request):
    for group in request.resource_logs:
        for scoped in group.scope_logs:
            for record in scoped.log_records:
                yield {
                    "resource": attributes(group.resource.attributes),
                    "trace_id": identity(record.trace_id, 16, may_be_empty=True),
                    "span_id": identity(record.span_id, 8, may_be_empty=True),
                    "time_ms": milliseconds(record.time_unix_nano),
                    "severity": record.severity_number,
                    "level": record.severity_text,
                    "body": plain(record.body),
                    "attributes": attributes(record.attributes),
                }


def point(kind, data):
    """A data point: of a histogram, or one with a number."""
    shown = {
        "attributes": attributes(data.attributes),
        "start_ms": milliseconds(data.start_time_unix_nano),
        "time_ms": milliseconds(data.time_unix_nano),
    }
    if kind == "histogram":
        if len(data.bucket_counts) != len(data.explicit_bounds) + 1 or sum(data.bucket_counts) != data.count:
            raise Malformed("buckets that do not add up")
        shown |= {
            "count": data.count,
            "sum": data.sum,
            "bounds": list(data.explicit_bounds),
            "buckets": list(data.bucket_counts),
        }
    else:
        shown["value"] = getattr(data, data.WhichOneof("value"))
    return shown


def metrics(request):
    for group in request.resource_metrics:
        for scoped in group.scope_metrics:
            for metric in scoped.metrics:
                kind = metric.WhichOneof("data")
                data = getattr(metric, kind)
                yield {
                    "resource": attributes(group.resource.attributes),
                    "name": metric.name,
                    "unit": metric.unit,
                    "kind": kind,
                    "is_monotonic": kind == "sum" and data.is_monotonic,
                    "is_cumulative": kind != "gauge" and data.aggregation_temporality == 2,
                    "points": [point(kind, each) for each in data.data_points],
                }


# The message of a request, what it says, and how an answer says that it was taken in part.
SIGNALS = {
    "traces": (trace_service.ExportTraceServiceRequest, spans, trace_service.ExportTraceServiceResponse, "rejected_spans"),
    "logs": (logs_service.ExportLogsServiceRequest, logs, logs_service.ExportLogsServiceResponse, "rejected_log_records"),
    "metrics": (
        metrics_service.ExportMetricsServiceRequest,
        metrics,
        metrics_service.ExportMetricsServiceResponse,
        "rejected_data_points",
    ),
}


class Collector:
    """What was received, and how to answer."""

    def __init__(self):
        self.lock = threading.Lock()
        self.requests = []
        self.taken = {"traces": [], "logs": [], "metrics": []}
        self.behaviour = {}
        self.changed = threading.Event()

    def behave(self, behaviour):
        with self.lock:
            self.behaviour = behaviour
            self.changed.set()
            self.changed = threading.Event()

    def next_behaviour(self, signal):
        """How to answer this request, and an event for a change of mind."""
        with self.lock:
            behaviour = self.behaviour
            if behaviour.get("signal", signal) != signal:
                return {}, self.changed
            if "times" in behaviour:
                behaviour["times"] -= 1
                if behaviour["times"] <= 0:
                    self.behaviour = {}
            return behaviour, self.changed

    def note(self, request):
        with self.lock:
            self.requests.append(request)

    def take(self, signal, items):
        with self.lock:
            self.taken[signal] += [items] if signal == "metrics" else items

    def received(self):
        with self.lock:
            taken = self.taken
            return {
                "requests": self.requests,
                "spans": taken["traces"],
                "logs": taken["logs"],
                "metrics": taken["metrics"],
            }

    def counts(self):
        with self.lock:
            return {
                "requests": len(self.requests),
                "spans": len({span["span_id"] for span in self.taken["traces"]}),
                "logs": len({record["attributes"].get("id") for record in self.taken["logs"]}),
                "metrics": len(self.taken["metrics"]),
            }


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Small answers are not to wait for each other.
    disable_nagle_algorithm = True

    def log_message(self, *arguments):
        pass

    def answer(self, status, body=b"", media_type="application/json", fields=()):
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in fields:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        collector = self.server.collector
        content = {"/received": collector.received, "/counts": collector.counts}.get(self.path)
        if content is None:
            self.answer(404)
        else:
            self.answer(200, json.dumps(content()).encode())

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        signal = self.path.removeprefix("/v1/")
        if self.path == "/behave":
            self.server.collector.behave(json.loads(body))
            self.answer(200)
        elif signal in SIGNALS:
            self.export(signal, body)
        else:
            self.answer(404)

    def export(self, signal, body):
        collector = self.server.collector
        behaviour, changed = collector.next_behaviour(signal)
        request = {
            "signal": signal,
            "time": time.monotonic(),
            "status": None,
            "fields": dict(self.headers.items()),
            "connection": self.client_address[1],
            "bytes": len(body),
        }
        collector.note(request)
        if behaviour.get("hang"):
            # No test waits longer.
            changed.wait(60)
            self.close_connection = True
            return
        time.sleep(behaviour.get("delay", 0))
        if behaviour.get("garbage"):
            self.wfile.write(b"\x00\xff\x00 this is no HTTP \r\n\r\n")
            self.close_connection = True
            return
        request["status"] = behaviour.get("status", 200)
        fields = [("Retry-After", behaviour["retry_after"])] if "retry_after" in behaviour else []
        if request["status"] != 200:
            self.answer(request["status"], fields=fields)
            return
        message, content, answer, rejected = SIGNALS[signal]
        if self.headers.get("Content-Type") != MEDIA_TYPE:
            request["status"] = 415
            self.answer(415)
            return
        try:
            items = list(content(message.FromString(body)))
        except (DecodeError, Malformed) as error:
            request["status"] = 400
            request["error"] = str(error)
            self.answer(400)
            return
        collector.take(signal, items)
        answer = answer()
        if "rejected" in behaviour or "message" in behaviour:
            setattr(answer.partial_success, rejected, behaviour.get("rejected", 0))
            answer.partial_success.error_message = behaviour.get("message", "")
        self.answer(200, answer.SerializeToString(), MEDIA_TYPE)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request, client_address):
        # Clients that are killed are part of the tests.
        if not isinstance(sys.exception() if hasattr(sys, "exception") else sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


server = Server(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 0), Handler)
server.collector = Collector()
print(server.server_address[1], flush=True)
server.serve_forever()
