extension Operations {
    /// What the program tells.
    static let logPaths: StaticString = #"""
        {
          "/api/logs": {
            "parameters": [
              {"$ref": "#/components/parameters/RequestID"},
              {"$ref": "#/components/parameters/TraceParent"}
            ],
            "get": {
              "operationId": "listLogLines", "tags": ["logs"], "summary": "The newest log lines of all hosts",
              "description": "Of the newest 1000, those that meet every condition.",
              "security": [{"logs_token": []}, {}],
              "parameters": [
                {
                  "name": "limit", "in": "query", "required": false,
                  "description": "How many at most: the newest, or with `since` the oldest that follow it.",
                  "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}
                },
                {
                  "name": "level", "in": "query", "required": false,
                  "description": "Only lines of this level and above.",
                  "schema": {"$ref": "#/components/schemas/LogLevel"}
                },
                {
                  "name": "request_id", "in": "query", "required": false, "description": "Only lines of this request.",
                  "schema": {"type": "string"}, "example": "ci-4711.1"
                },
                {
                  "name": "since", "in": "query", "required": false,
                  "description": "Only lines after the one with this id: who asks again with the last id misses none.",
                  "schema": {"type": "integer", "format": "int64", "minimum": 0}, "example": 1771668780000000
                }
              ],
              "responses": {
                "200": {
                  "description": "The lines, newest last.",
                  "headers": {
                    "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
                    "X-Trace-ID": {"$ref": "#/components/headers/TraceID"}
                  },
                  "content": {"application/json": {"schema": {"$ref": "#/components/schemas/LogLines"}}}
                },
                "400": {"$ref": "#/components/responses/BadRequest"},
                "401": {"$ref": "#/components/responses/Unauthorized"},
                "429": {"$ref": "#/components/responses/TooManyRequests"},
                "431": {"$ref": "#/components/responses/HeadersTooLarge"},
                "503": {"$ref": "#/components/responses/ServiceUnavailable"},
                "5XX": {"$ref": "#/components/responses/ServerError"}
              }
            }
          },
          "/api/logs/stream": {
            "parameters": [
              {"$ref": "#/components/parameters/RequestID"},
              {"$ref": "#/components/parameters/TraceParent"}
            ],
            "get": {
              "operationId": "streamLogLines", "tags": ["streams"], "summary": "The log as it is written",
              "description": "The newest 100 lines, then every new one within 250 ms. `data:` is a log line, `id:` \#
        its id.",
              "security": [{"logs_token": []}, {}],
              "parameters": [
                {
                  "name": "level", "in": "query", "required": false,
                  "description": "Only lines of this level and above.",
                  "schema": {"$ref": "#/components/schemas/LogLevel"}
                },
                {"$ref": "#/components/parameters/LastEventID"},
                {"$ref": "#/components/parameters/LastEventIDInQuery"}
              ],
              "responses": {
                "200": {"$ref": "#/components/responses/Stream"},
                "400": {"$ref": "#/components/responses/BadRequest"},
                "401": {"$ref": "#/components/responses/Unauthorized"},
                "429": {"$ref": "#/components/responses/TooManyRequests"},
                "431": {"$ref": "#/components/responses/HeadersTooLarge"},
                "503": {"$ref": "#/components/responses/ServiceUnavailable"},
                "5XX": {"$ref": "#/components/responses/ServerError"}
              }
            }
          },
          "/api/logs/caddy": {
            "parameters": [
              {"$ref": "#/components/parameters/RequestID"},
              {"$ref": "#/components/parameters/TraceParent"}
            ],
            "get": {
              "operationId": "listAccessLines", "tags": ["logs"],
              "summary": "The newest lines of the front ends' access logs",
              "security": [{"logs_token": []}, {}],
              "parameters": [
                {
                  "name": "limit", "in": "query", "required": false, "description": "How many at most.",
                  "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 200}
                }
              ],
              "responses": {
                "200": {
                  "description": "The lines of all hosts, newest last.",
                  "headers": {
                    "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
                    "X-Trace-ID": {"$ref": "#/components/headers/TraceID"}
                  },
                  "content": {"application/json": {"schema": {"$ref": "#/components/schemas/AccessLines"}}}
                },
                "400": {"$ref": "#/components/responses/BadRequest"},
                "401": {"$ref": "#/components/responses/Unauthorized"},
                "429": {"$ref": "#/components/responses/TooManyRequests"},
                "431": {"$ref": "#/components/responses/HeadersTooLarge"},
                "503": {"$ref": "#/components/responses/ServiceUnavailable"},
                "5XX": {"$ref": "#/components/responses/ServerError"}
              }
            }
          },
          "/api/events": {
            "parameters": [
              {"$ref": "#/components/parameters/RequestID"},
              {"$ref": "#/components/parameters/TraceParent"}
            ],
            "get": {
              "operationId": "streamEvents", "tags": ["streams"], "summary": "Events as they happen",
              "description": "The newest 100 events, then every new one. `event:` is the type, `data:` the event, \#
        `id:` its id.",
              "security": [],
              "parameters": [
                {"$ref": "#/components/parameters/LastEventID"},
                {"$ref": "#/components/parameters/LastEventIDInQuery"}
              ],
              "responses": {
                "200": {"$ref": "#/components/responses/Stream"},
                "400": {"$ref": "#/components/responses/BadRequest"},
                "431": {"$ref": "#/components/responses/HeadersTooLarge"},
                "503": {"$ref": "#/components/responses/ServiceUnavailable"},
                "5XX": {"$ref": "#/components/responses/ServerError"}
              }
            }
          },
          "/api/events/recent": {
            "parameters": [
              {"$ref": "#/components/parameters/RequestID"},
              {"$ref": "#/components/parameters/TraceParent"}
            ],
            "get": {
              "operationId": "listEvents", "tags": ["logs"], "summary": "The newest events",
              "description": "Of the newest 500.",
              "security": [],
              "parameters": [
                {
                  "name": "limit", "in": "query", "required": false, "description": "How many at most.",
                  "schema": {"type": "integer", "minimum": 1, "maximum": 500, "default": 100}
                },
                {
                  "name": "type", "in": "query", "required": false, "description": "Only events of this type.",
                  "schema": {"type": "string"}, "example": "deploy"
                }
              ],
              "responses": {
                "200": {
                  "description": "The events, newest last.",
                  "headers": {
                    "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
                    "X-Trace-ID": {"$ref": "#/components/headers/TraceID"}
                  },
                  "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Events"}}}
                },
                "400": {"$ref": "#/components/responses/BadRequest"},
                "431": {"$ref": "#/components/responses/HeadersTooLarge"},
                "503": {"$ref": "#/components/responses/ServiceUnavailable"},
                "5XX": {"$ref": "#/components/responses/ServerError"}
              }
            }
          },
          "/api/log-level": {
            "parameters": [
              {"$ref": "#/components/parameters/RequestID"},
              {"$ref": "#/components/parameters/TraceParent"}
            ],
            "get": {
              "operationId": "getLogLevel", "tags": ["logs"], "summary": "The log level",
              "security": [{"admin_token": []}],
              "responses": {
                "200": {
                  "description": "The level that is in force.",
                  "headers": {
                    "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
                    "X-Trace-ID": {"$ref": "#/components/headers/TraceID"}
                  },
                  "content": {"application/json": {"schema": {"$ref": "#/components/schemas/LogLevelSetting"}}}
                },
                "400": {"$ref": "#/components/responses/BadRequest"},
                "401": {"$ref": "#/components/responses/Unauthorized"},
                "429": {"$ref": "#/components/responses/TooManyRequests"},
                "431": {"$ref": "#/components/responses/HeadersTooLarge"},
                "503": {"$ref": "#/components/responses/ServiceUnavailable"},
                "5XX": {"$ref": "#/components/responses/ServerError"}
              }
            },
            "post": {
              "operationId": "setLogLevel", "tags": ["logs"], "summary": "Set the log level",
              "description": "Of all processes that share the store, within 2 s.",
              "security": [{"admin_token": []}],
              "requestBody": {
                "required": true,
                "content": {
                  "application/json": {"schema": {"$ref": "#/components/schemas/LogLevelSetting"}}
                }
              },
              "responses": {
                "200": {
                  "description": "The level, as it is from now on.",
                  "headers": {
                    "X-Request-ID": {"$ref": "#/components/headers/RequestID"},
                    "X-Trace-ID": {"$ref": "#/components/headers/TraceID"}
                  },
                  "content": {"application/json": {"schema": {"$ref": "#/components/schemas/LogLevelSetting"}}}
                },
                "400": {"$ref": "#/components/responses/BadRequest"},
                "401": {"$ref": "#/components/responses/Unauthorized"},
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
          }
        }
        """#
}
