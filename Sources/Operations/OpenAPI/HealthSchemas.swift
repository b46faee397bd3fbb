extension Operations {
    /// How the program is, and what it depends on.
    static let healthSchemas: StaticString = #"""
        {
          "Health": {
            "type": "object",
            "required": [
              "status", "repo", "dragonfly", "dragonfly_error", "dragonfly_keys", "dragonfly_memory",
              "mem_cache_entries",
              "cache_hits", "cache_misses", "github", "workers"
            ],
            "properties": {
              "status": {"enum": ["ok", "degraded"]},
              "repo": {"type": ["string", "null"], "description": "`GITHUB_REPO`."},
              "dragonfly": {
                "enum": ["connected", "connecting", "unavailable", "error"], "description": "The store."
              },
              "dragonfly_error": {"type": ["string", "null"], "description": "Why it does not answer."},
              "dragonfly_keys": {"type": ["integer", "null"], "minimum": 0},
              "dragonfly_memory": {"type": ["integer", "null"], "minimum": 0, "description": "In bytes."},
              "journal": {
                "enum": ["ok", "restoring", "unwritable"],
                "description": "Whether durable writes are taken: absent where this host keeps no journal. `restoring`: \#
        not before the store, which was started anew, has all that the journals have. `unwritable`: not by this host."
              },
              "mem_cache_entries": {
                "type": "integer", "minimum": 0, "description": "What the cache of GitHub's answers has in this \#
        host's files."
              },
              "cache_hits": {"type": "integer", "minimum": 0},
              "cache_misses": {"type": "integer", "minimum": 0},
              "github": {
                "type": "object",
                "required": ["rate_limit_remaining", "rate_limit_reset", "last_success_age_s", "breaker"],
                "properties": {
                  "rate_limit_remaining": {"type": ["integer", "null"], "minimum": 0},
                  "rate_limit_reset": {"type": ["string", "null"], "format": "date-time"},
                  "last_success_age_s": {"type": ["integer", "null"], "minimum": 0},
                  "breaker": {"enum": ["closed", "open"], "description": "Open: it is left alone for a while."}
                }
              },
              "workers": {
                "description": "Of this host.", "type": "object", "required": ["total", "busy"],
                "properties": {
                  "total": {"type": "integer", "minimum": 0},
                  "busy": {"type": "integer", "minimum": 0}
                }
              }
            }
          },
          "Alive": {"type": "object", "required": ["status"], "properties": {"status": {"const": "healthy"}}},
          "Ready": {"type": "object", "required": ["status"], "properties": {"status": {"const": "ready"}}},
          "Versions": {
            "type": "object", "required": ["chimney_version"],
            "description": "Beside chimney's version there is `<project>_version`, named after the repository: \#
        `PROJECT_VERSION`.",
            "properties": {"chimney_version": {"type": "string", "examples": ["0.1.0"]}},
            "patternProperties": {"_version$": {"type": ["string", "null"]}}
          },
          "OriginsHealth": {
            "type": "object", "required": ["origins"],
            "properties": {"origins": {"type": "array", "items": {"$ref": "#/components/schemas/OriginHealth"}}}
          },
          "OriginHealth": {
            "type": "object",
            "required": ["origin", "up", "uptime_pct", "checks", "last_check", "last_latency_ms", "recent", "caddy"],
            "properties": {
              "origin": {"type": "string", "format": "uri"},
              "up": {
                "type": ["boolean", "null"],
                "description": "Down is who fails two checks in a row, up who passes one; null before either."
              },
              "uptime_pct": {"type": ["number", "null"], "minimum": 0, "maximum": 100},
              "checks": {"type": "integer", "minimum": 0, "maximum": 1000},
              "last_check": {"type": ["string", "null"], "format": "date-time"},
              "last_latency_ms": {"type": ["number", "null"], "minimum": 0},
              "recent": {
                "description": "The newest checks, newest first.", "type": "array", "maxItems": 50,
                "items": {
                  "type": "object", "required": ["time", "up", "status", "latency_ms", "error"],
                  "properties": {
                    "time": {"type": "string", "format": "date-time"},
                    "up": {"type": "boolean"},
                    "status": {"type": ["integer", "null"], "description": "Null without an answer."},
                    "latency_ms": {"type": ["number", "null"], "minimum": 0},
                    "error": {"type": ["string", "null"]}
                  }
                }
              },
              "caddy": {
                "description": "The front end as its own host sees it; null where nothing is known.",
                "type": ["object", "null"], "required": ["up", "version", "upstreams"],
                "properties": {
                  "up": {"type": "boolean"},
                  "version": {"type": ["string", "null"]},
                  "upstreams": {
                    "type": "array",
                    "items": {
                      "type": "object", "required": ["address", "requests", "fails"],
                      "properties": {
                        "address": {"type": "string"},
                        "requests": {"type": "integer", "description": "Under way."},
                        "fails": {"type": "integer"}
                      }
                    }
                  }
                }
              }
            }
          },
          "OpenAPIDocument": {
            "type": "object", "required": ["openapi", "info", "paths"],
            "properties": {
              "openapi": {"type": "string", "pattern": "^3\\.1\\."},
              "info": {"type": "object", "additionalProperties": true},
              "paths": {"type": "object", "additionalProperties": true}
            },
            "additionalProperties": true
          }
        }
        """#

    /// The processes of the pools.
    static let poolSchemas: StaticString = #"""
        {
          "PoolStatus": {
            "type": "object", "required": ["host", "uptime_s", "workers", "streamers"],
            "properties": {
              "host": {"type": "string", "description": "Who answers."},
              "uptime_s": {"type": ["integer", "null"], "minimum": 0, "description": "Seconds since its pool was \#
        started."},
              "workers": {"type": "array", "items": {"$ref": "#/components/schemas/PoolProcess"}},
              "streamers": {"type": "array", "items": {"$ref": "#/components/schemas/PoolProcess"}},
              "agents": {"type": "array", "items": {"$ref": "#/components/schemas/PoolProcess"}}
            }
          },
          "PoolProcess": {
            "type": "object",
            "required": ["host", "pid", "role", "state", "requests", "uptime_s", "route", "route_s",
            "private_memory_bytes"],
            "properties": {
              "host": {"type": "string"},
              "pid": {"type": "integer", "minimum": 1},
              "role": {"type": "string", "examples": ["worker"]},
              "state": {
                "enum": ["free", "starting", "idle", "reading", "handling", "writing", "flushing", "stopping"]
              },
              "requests": {"type": "integer", "minimum": 0, "description": "How many it has served."},
              "clients": {"type": "integer", "minimum": 0, "description": "How many a streamer keeps; only of \#
        streamers."},
              "uptime_s": {"type": "integer", "minimum": 0},
              "route": {"type": ["string", "null"], "description": "Of the request that it has in hand."},
              "route_s": {"type": ["number", "null"], "minimum": 0, "description": "For how long it has had it in \#
        hand."},
              "private_memory_bytes": {"type": ["integer", "null"], "minimum": 0}
            }
          }
        }
        """#
}
