extension Operations {
    /// Log lines, access lines and events.
    static let logSchemas: StaticString = #"""
        {
          "LogLevel": {"enum": ["trace", "debug", "info", "notice", "warning", "error", "critical"]},
          "LogLevelSetting": {
            "type": "object", "required": ["level"],
            "properties": {"level": {"$ref": "#/components/schemas/LogLevel"}},
            "examples": [{"level": "debug"}]
          },
          "LogLines": {
            "type": "object", "required": ["lines"],
            "properties": {
              "lines": {"type": "array", "maxItems": 1000, "items": {"$ref": "#/components/schemas/LogLine"}}
            }
          },
          "LogLine": {
            "type": "object", "required": ["id", "time", "level", "msg"],
            "description": "Each request has a line `request`; others have what they tell of as further members.",
            "properties": {
              "id": {"type": "integer", "format": "int64", "minimum": 1},
              "time": {"type": "string", "format": "date-time"},
              "level": {"$ref": "#/components/schemas/LogLevel"},
              "msg": {"type": "string"},
              "logger": {"type": "string"},
              "method": {"type": "string"},
              "route": {"type": "string", "description": "The template, or `unmatched`."},
              "path": {"type": "string", "description": "Without the query."},
              "status": {"type": "integer"},
              "latency_ms": {"type": "number", "minimum": 0},
              "cache_hit": {"type": ["boolean", "null"]},
              "cache_tier": {"enum": ["dragonfly", "memory", "none", null]},
              "bytes": {"type": "integer", "minimum": 0},
              "request_id": {"type": "string"},
              "trace_id": {"type": "string"},
              "span_id": {"type": "string"}
            },
            "additionalProperties": true
          },
          "AccessLines": {
            "type": "object", "required": ["lines"],
            "properties": {
              "lines": {"type": "array", "maxItems": 1000, "items": {"$ref": "#/components/schemas/AccessLine"}}
            }
          },
          "AccessLine": {
            "type": "object",
            "required": [
              "id", "time", "level", "host", "site", "method", "path", "proto", "status", "latency_ms", "bytes",
              "request_id",
              "trace_id"
            ],
            "properties": {
              "id": {"type": "integer", "format": "int64", "minimum": 1},
              "time": {"type": "string", "format": "date-time"},
              "level": {"enum": ["info", "error"]},
              "host": {"type": "string", "description": "The host that the front end runs on."},
              "site": {"type": "string", "description": "The host that the client has asked for."},
              "method": {"type": "string"},
              "path": {"type": "string", "description": "Without the query."},
              "proto": {"type": "string"},
              "status": {"type": "integer"},
              "latency_ms": {"type": "number", "minimum": 0},
              "bytes": {"type": "integer", "minimum": 0},
              "request_id": {"type": ["string", "null"]},
              "trace_id": {"type": ["string", "null"]}
            }
          },
          "Events": {
            "type": "object", "required": ["events"],
            "properties": {
              "events": {"type": "array", "maxItems": 500, "items": {"$ref": "#/components/schemas/Event"}}
            }
          },
          "Event": {
            "type": "object", "required": ["id", "time", "type", "data"],
            "properties": {
              "id": {"type": "integer", "format": "int64", "minimum": 1},
              "time": {"type": "string", "format": "date-time"},
              "type": {
                "type": "string",
                "description": "What has happened, and so what `data` has: `deploy` (the deploy), `queue` (`id \#
        organisation name version status`), `cache.invalidated` (`prefix deleted reason`), `cache.evicted` (`key`), \#
        `webhook` (`event action repository`), `github.rate_limited` (`reset`), `github.down`, `github.up`, \#
        `dragonfly.down`, `dragonfly.up` (`host`), `origin.down`, `origin.up` (`origin`), `worker.crashed` (`host \#
        route request_id signal`). More may come."
              },
              "data": {"type": "object", "additionalProperties": true}
            },
            "examples": [
              {
                "id": 1771668780000000, "time": "2026-02-21T10:13:00.250Z", "type": "cache.invalidated",
                "data": {"prefix": "/pulls", "deleted": 7, "reason": "post-deploy refresh"}
              }
            ]
          }
        }
        """#
}
