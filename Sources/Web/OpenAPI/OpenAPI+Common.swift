extension OpenAPI {
    /// What the program is, and what holds for all its routes.
    static let info: StaticString = #"""
        {
          "title": "chimney",
          "summary": "Deploys, their queue, GitHub's answers and the state of an origin server.",
          "description": "Chimney keeps the record of an origin server's deploys, schedules deployments, answers for \#
        GitHub from a cache, and shows itself: log, events, metrics, health.\n\nBodies are compact JSON in UTF-8 with \#
        `snake_case` members; times are RFC 3339 in UTC. Members of a request that are not known are ignored, and \#
        clients should ignore those of an answer that they do not know: more may come.\n\n`HEAD` works wherever `GET` \#
        does, and `OPTIONS` everywhere: it answers 204 with the methods of the path and with what CORS needs. Any web \#
        page may read every answer (`Access-Control-Allow-Origin: *`).\n\nErrors are problem details (RFC 9457) whose \#
        `detail` is one sentence that says what to do. A path that is not described here is answered 404, a method \#
        that a path does not have 405 with `Allow`. What is checked, in this order: path and method, size (411, 413, \#
        431), credentials (401, 403, 429), media type (415), syntax (400), fields (422), the store (503).\n\nWhat an \#
        answer means for a write: 2xx, it is stored; 4xx, it is not; 5xx or a broken connection, perhaps. Every write \#
        can be sent again without harm."
        }
        """#

    /// What all routes have in common.
    static let common = Part(
        parameters: [parameters], headers: [headers], responses: [answers, errors],
        schemas: [problem])

    private static let parameters: StaticString = #"""
        {
          "RequestID": {
            "name": "X-Request-ID", "in": "header", "required": false,
            "description": "The caller's own id for the request: it comes back in the answer and is in every log line \#
        of the request. One that is not 1 to 128 characters of `A-Za-z0-9._-` is replaced by a new one.",
            "schema": {"type": "string"}, "example": "ci-4711.1"
          },
          "TraceParent": {
            "name": "traceparent", "in": "header", "required": false,
            "description": "The trace that the request belongs to (W3C Trace Context). One that is not valid is left \#
        out.",
            "schema": {"type": "string"}, "example": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
          },
          "IfNoneMatch": {
            "name": "If-None-Match", "in": "header", "required": false,
            "description": "The `ETag` of what the client has already, several separated by commas, or `*`: where the \#
        answer would be the same, it is 304 without a body.",
            "schema": {"type": "string"}, "example": "\"9e107d9d372bb6826bd81d3542a419d6\""
          },
          "LastEventID": {
            "name": "Last-Event-ID", "in": "header", "required": false,
            "description": "The last `id:` that the client has got: what follows it comes, each line once. An \#
        `EventSource` sends it by itself when it connects again.",
            "schema": {"type": "string", "pattern": "^[0-9]{0,18}$"}, "example": "1771668780000000"
          },
          "LastEventIDInQuery": {
            "name": "last_event_id", "in": "query", "required": false,
            "description": "The same as `Last-Event-ID`, for clients that cannot set headers; the header comes first.",
            "schema": {"type": "string", "pattern": "^[0-9]{0,18}$"}, "example": "1771668780000000"
          }
        }
        """#

    private static let headers: StaticString = #"""
        {
          "RequestID": {
            "description": "The id of the request, the caller's where it sent a well-formed one.", "required": true,
            "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,128}$"}, "example": "ci-4711.1"
          },
          "TraceID": {
            "description": "The W3C trace id of the request.", "required": true,
            "schema": {"type": "string", "pattern": "^[0-9a-f]{32}$"}, "example": "4bf92f3577b34da6a3ce929d0e0e4736"
          },
          "RetryAfter": {
            "description": "After how many seconds to ask again.",
            "schema": {"type": "integer", "minimum": 1}, "example": 1
          },
          "ETag": {
            "description": "Tells this content from any other, for `If-None-Match`.",
            "schema": {"type": "string"}, "example": "\"9e107d9d372bb6826bd81d3542a419d6\""
          },
          "Location": {
            "description": "Where what was made can be had.",
            "schema": {"type": "string", "format": "uri-reference"}, "example": "/v1/deployments/0190f3a4"
          },
          "Link": {
            "description": "Where the next page is, and others (RFC 8288): `<…>; rel=\"next\"`.",
            "schema": {"type": "string"}, "example": "</v1/deployments?cursor=MTc3MQ>; rel=\"next\""
          }
        }
        """#

    private static let answers: StaticString = #"""
        {
          "NotModified": {
            "description": "What the client has already is what it would get.",
            "headers": {
              "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
              "X-Trace-ID": {"$ref": "#/components/headers/TraceID"},
              "ETag": {"$ref": "#/components/headers/ETag"}
            }
          },
          "Stream": {
            "description": "Server-sent events, until the client or the server ends them: see the tag `streams`. \#
        Where the front end knows no process that can wait, the answer ends with what there is, and the client asks \#
        again after 2 s.",
            "headers": {
              "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
              "X-Trace-ID": {"$ref": "#/components/headers/TraceID"}
            },
            "content": {
              "text/event-stream": {
                "schema": {"type": "string"},
                "example": "retry: 2000\n\nid: 1771668780000000\ndata: {\"id\":1771668780000000}\n\n"
              }
            }
          }
        }
        """#

    private static let problem: StaticString = #"""
        {
          "Problem": {
            "title": "Problem details (RFC 9457)", "type": "object",
            "required": ["type", "title", "status", "detail", "request_id"],
            "properties": {
              "type": {"type": "string", "format": "uri-reference", "description": "`about:blank`: the status tells."},
              "title": {"type": "string", "description": "The status in words."},
              "status": {"type": "integer", "minimum": 400, "maximum": 599},
              "detail": {"type": "string", "description": "One sentence that says what to do."},
              "request_id": {"type": "string", "description": "As in `X-Request-ID`."},
              "errors": {
                "description": "Every field that is missing or invalid.", "type": "array", "minItems": 1,
                "items": {
                  "type": "object", "required": ["field", "message"],
                  "properties": {
                    "field": {"type": "string"},
                    "message": {"type": "string", "description": "The rule that the field breaks."}
                  }
                }
              }
            },
            "examples": [
              {
                "type": "about:blank", "title": "Unprocessable Content", "status": 422,
                "detail": "Correct the request: sha is required: 7 to 64 hexadecimal digits.",
                "request_id": "ci-4711.1",
                "errors": [{"field": "sha", "message": "is required: 7 to 64 hexadecimal digits"}]
              }
            ]
          }
        }
        """#
}
