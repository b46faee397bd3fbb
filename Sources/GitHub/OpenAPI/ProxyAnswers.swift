extension GitHub {
    /// What the cache says of an answer.
    static let cacheHeaders: StaticString = #"""
        {
          "Cache": {
            "description": "How the cache came to the answer: it had it (`hit`); it had it, and it may be old \#
        (`stale`); GitHub has just said that it still is so (`revalidated`), or has just sent it (`miss`).",
            "schema": {"enum": ["hit", "stale", "revalidated", "miss"]}
          },
          "CacheTier": {
            "description": "Where the cache had it: in the store, in this host's files while the store is away, or \#
        nowhere.",
            "schema": {"enum": ["dragonfly", "memory", "none"]}
          },
          "CacheAge": {
            "description": "How many seconds ago GitHub said so.", "schema": {"type": "integer", "minimum": 0}
          },
          "RateLimitRemaining": {
            "description": "How many requests GitHub takes of this server until `X-RateLimit-Reset`, where it has \#
        said so.",
            "schema": {"type": "integer", "minimum": 0}
          },
          "RateLimitReset": {
            "description": "When the quota is full again, in seconds since the epoch.",
            "schema": {"type": "integer", "minimum": 0}
          }
        }
        """#

    /// What is answered for GitHub.
    static let proxyAnswers: StaticString = #"""
        {
          "GitHubContent": {
            "description": "What GitHub has answered, as it is (https://docs.github.com/en/rest).",
            "headers": {
              "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
              "X-Trace-ID": {"$ref": "#/components/headers/TraceID"},
              "ETag": {"$ref": "#/components/headers/ETag"},
              "Link": {"$ref": "#/components/headers/Link"},
              "X-Cache": {"$ref": "#/components/headers/Cache"},
              "X-Cache-Tier": {"$ref": "#/components/headers/CacheTier"},
              "X-Cache-Age": {"$ref": "#/components/headers/CacheAge"},
              "X-RateLimit-Remaining": {"$ref": "#/components/headers/RateLimitRemaining"},
              "X-RateLimit-Reset": {"$ref": "#/components/headers/RateLimitReset"}
            },
            "content": {"application/json": {"schema": {"type": ["object", "array"]}}}
          },
          "GitHubUnchanged": {
            "description": "What the client has already is what it would get.",
            "headers": {
              "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
              "X-Trace-ID": {"$ref": "#/components/headers/TraceID"},
              "ETag": {"$ref": "#/components/headers/ETag"},
              "Link": {"$ref": "#/components/headers/Link"},
              "X-Cache": {"$ref": "#/components/headers/Cache"},
              "X-Cache-Tier": {"$ref": "#/components/headers/CacheTier"},
              "X-Cache-Age": {"$ref": "#/components/headers/CacheAge"}
            }
          },
          "GitHubUnreachable": {
            "description": "GitHub cannot be reached, fails, or has no usable answer, and nothing is held.",
            "headers": {
              "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
              "X-Trace-ID": {"$ref": "#/components/headers/TraceID"},
              "Retry-After": {"$ref": "#/components/headers/RetryAfter"},
              "X-Cache": {"$ref": "#/components/headers/Cache"},
              "X-Cache-Tier": {"$ref": "#/components/headers/CacheTier"}
            },
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
          },
          "GitHubUnavailable": {
            "description": "GitHub takes no more requests for a while, and nothing is held; or too many clients wait.",
            "headers": {
              "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
              "X-Trace-ID": {"$ref": "#/components/headers/TraceID"},
              "Retry-After": {"$ref": "#/components/headers/RetryAfter"},
              "X-Cache": {"$ref": "#/components/headers/Cache"},
              "X-Cache-Tier": {"$ref": "#/components/headers/CacheTier"}
            },
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
          },
          "GitHubRefuses": {
            "description": "GitHub refuses this with the same status: 400, 409, 410, 422 or 451.",
            "headers": {
              "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
              "X-Trace-ID": {"$ref": "#/components/headers/TraceID"},
              "X-Cache": {"$ref": "#/components/headers/Cache"},
              "X-Cache-Tier": {"$ref": "#/components/headers/CacheTier"}
            },
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
          },
          "GitHubHasNothing": {
            "description": "GitHub has nothing at this path, or nothing that this server may see; or this server has \#
        no repository to ask about.",
            "headers": {
              "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
              "X-Trace-ID": {"$ref": "#/components/headers/TraceID"},
              "X-Cache": {"$ref": "#/components/headers/Cache"},
              "X-Cache-Tier": {"$ref": "#/components/headers/CacheTier"},
              "X-Cache-Age": {"$ref": "#/components/headers/CacheAge"}
            },
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
          }
        }
        """#
}
