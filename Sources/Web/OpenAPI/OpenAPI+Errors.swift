extension OpenAPI {
    /// Errors that many routes have.
    static let errors: StaticString = #"""
        {
          "BadRequest": {
            "description": "The request cannot be understood: a malformed header or query, a value out of its range, \#
        no JSON object.",
            "headers": {
              "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
              "X-Trace-ID": {"$ref": "#/components/headers/TraceID"}
            },
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
          },
          "Unauthorized": {
            "description": "No credentials or wrong ones; also where the server has none configured.",
            "headers": {
              "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
              "X-Trace-ID": {"$ref": "#/components/headers/TraceID"},
              "WWW-Authenticate": {"schema": {"type": "string"}, "example": "Bearer"}
            },
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
          },
          "Forbidden": {
            "description": "The caller is known, and not allowed to do this.",
            "headers": {
              "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
              "X-Trace-ID": {"$ref": "#/components/headers/TraceID"}
            },
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
          },
          "NotFound": {
            "description": "There is no such thing, or none for this caller.",
            "headers": {
              "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
              "X-Trace-ID": {"$ref": "#/components/headers/TraceID"}
            },
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
          },
          "Conflict": {
            "description": "It is in a state in which this cannot be done.",
            "headers": {
              "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
              "X-Trace-ID": {"$ref": "#/components/headers/TraceID"}
            },
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
          },
          "LengthRequired": {
            "description": "The body came without `Content-Length`.",
            "headers": {
              "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
              "X-Trace-ID": {"$ref": "#/components/headers/TraceID"}
            },
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
          },
          "ContentTooLarge": {
            "description": "The body is larger than 1 MiB, or than what this route takes.",
            "headers": {
              "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
              "X-Trace-ID": {"$ref": "#/components/headers/TraceID"}
            },
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
          },
          "URITooLong": {
            "description": "The path or the query is longer than it may be.",
            "headers": {
              "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
              "X-Trace-ID": {"$ref": "#/components/headers/TraceID"}
            },
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
          },
          "UnsupportedMediaType": {
            "description": "The body is not said to be JSON.",
            "headers": {
              "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
              "X-Trace-ID": {"$ref": "#/components/headers/TraceID"}
            },
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
          },
          "UnprocessableContent": {
            "description": "Fields are missing or invalid: `errors` names every one of them. Nothing is stored.",
            "headers": {
              "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
              "X-Trace-ID": {"$ref": "#/components/headers/TraceID"}
            },
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
          },
          "TooManyRequests": {
            "description": "More than ten requests with wrong credentials came from this address within a minute. \#
        Right ones always pass.",
            "headers": {
              "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
              "X-Trace-ID": {"$ref": "#/components/headers/TraceID"},
              "Retry-After": {"$ref": "#/components/headers/RetryAfter"}
            },
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
          },
          "HeadersTooLarge": {
            "description": "The header fields have more than 32 KiB together.",
            "headers": {
              "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
              "X-Trace-ID": {"$ref": "#/components/headers/TraceID"}
            },
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
          },
          "ServiceUnavailable": {
            "description": "The store does not answer, or the request waited too long for a worker. Nothing is lost \#
        by sending it again.",
            "headers": {
              "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
              "X-Trace-ID": {"$ref": "#/components/headers/TraceID"},
              "Retry-After": {"$ref": "#/components/headers/RetryAfter"}
            },
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
          },
          "ServerError": {
            "description": "500 is a defect: report the request id. 502 and 504 come from the front end where no \#
        worker has answered, or not in time: what was asked for may have been carried out.",
            "headers": {
              "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
              "X-Trace-ID": {"$ref": "#/components/headers/TraceID"},
              "Retry-After": {"$ref": "#/components/headers/RetryAfter"}
            },
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
          }
        }
        """#
}
