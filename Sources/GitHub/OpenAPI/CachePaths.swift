extension GitHub {
    /// The cache itself.
    static let cachePaths: StaticString = #"""
        {
          "/api/cache/stats": {
            "parameters": [
              {"$ref": "#/components/parameters/RequestID"},
              {"$ref": "#/components/parameters/TraceParent"}
            ],
            "get": {
              "operationId": "getCacheStatistics", "tags": ["github"],
              "summary": "What the cache holds and how well it serves",
              "security": [],
              "parameters": [
                {
                  "name": "limit", "in": "query", "required": false,
                  "description": "How many entries are shown at most.",
                  "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 500}
                }
              ],
              "responses": {
                "200": {
                  "description": "Hits and misses ever, and the first entries by their keys.",
                  "headers": {
                    "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
                    "X-Trace-ID": {"$ref": "#/components/headers/TraceID"}
                  },
                  "content": {"application/json": {"schema": {"$ref": "#/components/schemas/CacheStatistics"}}}
                },
                "400": {"$ref": "#/components/responses/BadRequest"},
                "431": {"$ref": "#/components/responses/HeadersTooLarge"},
                "503": {"$ref": "#/components/responses/ServiceUnavailable"},
                "5XX": {"$ref": "#/components/responses/ServerError"}
              }
            }
          },
          "/api/cache/invalidate": {
            "parameters": [
              {"$ref": "#/components/parameters/RequestID"},
              {"$ref": "#/components/parameters/TraceParent"}
            ],
            "post": {
              "operationId": "invalidateCache", "tags": ["github"], "summary": "Drop entries of the cache",
              "description": "On all hosts, and tells it on `/api/events` as an event `cache.invalidated`. A fetch \#
        that is under way does not bring the old content back.",
              "security": [{"invalidate_token": []}],
              "requestBody": {
                "required": true,
                "content": {
                  "application/json": {
                    "schema": {"$ref": "#/components/schemas/PostedInvalidation"},
                    "examples": {
                      "prefix": {"value": {"prefix": "/pulls", "reason": "post-deploy refresh"}},
                      "all": {"value": {"all": true}}
                    }
                  }
                }
              },
              "responses": {
                "200": {
                  "description": "How many entries were dropped.",
                  "headers": {
                    "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
                    "X-Trace-ID": {"$ref": "#/components/headers/TraceID"}
                  },
                  "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Invalidated"}}}
                },
                "400": {"$ref": "#/components/responses/BadRequest"},
                "401": {"$ref": "#/components/responses/Unauthorized"},
                "403": {"$ref": "#/components/responses/Forbidden"},
                "411": {"$ref": "#/components/responses/LengthRequired"},
                "413": {"$ref": "#/components/responses/ContentTooLarge"},
                "415": {"$ref": "#/components/responses/UnsupportedMediaType"},
                "422": {"$ref": "#/components/responses/UnprocessableContent"},
                "429": {"$ref": "#/components/responses/TooManyRequests"},
                "431": {"$ref": "#/components/responses/HeadersTooLarge"},
                "503": {"$ref": "#/components/responses/ServiceUnavailable"},
                "5XX": {"$ref": "#/components/responses/ServerError"}
              }
            }
          },
          "/api/cache/warm": {
            "parameters": [
              {"$ref": "#/components/parameters/RequestID"},
              {"$ref": "#/components/parameters/TraceParent"}
            ],
            "post": {
              "operationId": "warmCache", "tags": ["github"], "summary": "Fetch ahead of those who ask",
              "description": "Open pull requests, open issues, the last workflow runs and the summary are fetched in \#
        the background. A body is not looked at.",
              "security": [{"invalidate_token": []}],
              "responses": {
                "202": {
                  "description": "What is being fetched.",
                  "headers": {
                    "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
                    "X-Trace-ID": {"$ref": "#/components/headers/TraceID"}
                  },
                  "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Warming"}}}
                },
                "400": {"$ref": "#/components/responses/BadRequest"},
                "401": {"$ref": "#/components/responses/Unauthorized"},
                "404": {"$ref": "#/components/responses/NotFound"},
                "429": {"$ref": "#/components/responses/TooManyRequests"},
                "431": {"$ref": "#/components/responses/HeadersTooLarge"},
                "503": {"$ref": "#/components/responses/ServiceUnavailable"},
                "5XX": {"$ref": "#/components/responses/ServerError"}
              }
            }
          }
        }
        """#

    /// What the cache's own routes take and answer with, and what webhooks are answered with.
    static let cacheSchemas: StaticString = #"""
        {
          "CacheStatistics": {
            "type": "object",
            "required": [
              "hits", "misses", "hit_rate_pct", "entries", "dragonfly_entries", "mem_entries", "cache_age_p50_s",
              "cache_age_p95_s"
            ],
            "properties": {
              "hits": {"type": "integer", "minimum": 0},
              "misses": {"type": "integer", "minimum": 0},
              "hit_rate_pct": {"type": "number", "minimum": 0, "maximum": 100},
              "entries": {
                "type": "array", "maxItems": 1000,
                "items": {
                  "type": "object", "required": ["key", "ttl_s", "age_s", "bytes", "status"],
                  "properties": {
                    "key": {"type": "string", "description": "The path below `/api/github`, and its query."},
                    "ttl_s": {
                      "type": "integer", "minimum": 0, "description": "For how many seconds more it is fresh."
                    },
                    "age_s": {"type": "integer", "minimum": 0, "description": "Seconds since GitHub said so."},
                    "bytes": {"type": "integer", "minimum": 0},
                    "status": {"type": "integer", "description": "What GitHub answered with."}
                  }
                }
              },
              "dragonfly_entries": {"type": "integer", "minimum": 0, "description": "How many the store has."},
              "mem_entries": {"type": "integer", "minimum": 0, "description": "How many this host has in files."},
              "cache_age_p50_s": {
                "type": ["integer", "null"], "minimum": 0, "description": "Half of the entries are no older."
              },
              "cache_age_p95_s": {
                "type": ["integer", "null"], "minimum": 0, "description": "95 of 100 are no older."
              }
            }
          },
          "PostedInvalidation": {
            "type": "object",
            "properties": {
              "prefix": {
                "type": ["string", "null"], "maxLength": 1024,
                "pattern": "^/[^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029]*$",
                "description": "The beginning of the keys: a path as it is asked for below `/api/github`. `/` is all \#
        that comes from GitHub, `/__pipeline_summary__` the summary."
              },
              "path": {"deprecated": true, "description": "What earlier clients call `prefix`; left out beside it."},
              "all": {
                "type": ["boolean", "null"],
                "description": "Everything, in the place of a prefix; 403 unless `INVALIDATE_ALL_ALLOWED=true` is set."
              },
              "reason": {"type": ["string", "null"], "maxLength": 500, "description": "Why, for the log and the event."}
            },
            "anyOf": [
              {"required": ["prefix"], "properties": {"prefix": {"type": "string"}}},
              {"required": ["path"], "properties": {"path": {"type": "string"}}},
              {"required": ["all"], "properties": {"all": {"const": true}}}
            ],
            "if": {"properties": {"prefix": {"type": "null"}}},
            "then": {
              "properties": {
                "path": {
                  "type": ["string", "null"], "maxLength": 1024,
                  "pattern": "^/[^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029]*$"
                }
              }
            }
          },
          "Invalidated": {
            "type": "object", "required": ["deleted", "dragonfly", "memory"],
            "properties": {
              "deleted": {"type": "integer", "minimum": 0, "description": "In all."},
              "dragonfly": {"type": "integer", "minimum": 0, "description": "In the store."},
              "memory": {"type": "integer", "minimum": 0, "description": "In this host's files."}
            },
            "examples": [{"deleted": 7, "dragonfly": 5, "memory": 2}]
          },
          "Warming": {
            "type": "object", "required": ["warming"],
            "properties": {"warming": {"type": "array", "items": {"type": "string", "description": "A key."}}}
          },
          "KnownWebhook": {
            "type": "object", "required": ["event"],
            "properties": {
              "event": {"type": "string"},
              "duplicate": {"const": true, "description": "It came before; absent for `ping`."}
            }
          },
          "TakenWebhook": {
            "type": "object", "required": ["event", "ignored", "invalidated"],
            "properties": {
              "event": {"type": "string"},
              "ignored": {"type": "boolean", "description": "Whether it is of no event that makes anything stale."},
              "invalidated": {"type": "integer", "minimum": 0, "description": "How many entries were dropped."}
            },
            "examples": [{"event": "pull_request", "ignored": false, "invalidated": 3}]
          }
        }
        """#
}
