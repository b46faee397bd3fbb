import Web

extension Operations {
    /// What the program's OpenAPI document says of these routes.
    public static let openAPI = OpenAPI.Part(
        tags: [operationsTag, logsTag, streamsTag], paths: [healthPaths, logPaths], securitySchemes: [security],
        schemas: [healthSchemas, poolSchemas, logSchemas])

    private static let operationsTag: StaticString = #"""
        {"name": "operations", "description": "How the program and what it depends on are."}
        """#

    private static let logsTag: StaticString = #"""
        {
          "name": "logs",
          "description": "What the program tells: structured log lines (the newest 1000 of all hosts), events (the \#
        newest 500), and the access logs of the front ends. No token, signature, cookie, client address or query is \#
        ever in one. Ids grow from line to line over all hosts."
        }
        """#

    private static let streamsTag: StaticString = #"""
        {
          "name": "streams",
          "description": "Log lines and events as they come, as server-sent events \#
        (https://html.spec.whatwg.org/multipage/server-sent-events.html). A client that was cut off sends the last \#
        `id:` that it has got as `Last-Event-ID` and gets what follows, each line once; where some of that is not \#
        held any more, `event: gap` comes first. `event: heartbeat` comes every 15 s, and `event: bye` before the \#
        server ends a stream. These events of the stream itself have data of the same form, with `id` null. A client \#
        that reads too slowly is cut off."
        }
        """#

    private static let security: StaticString = #"""
        {
          "logs_token": {
            "type": "http", "scheme": "bearer",
            "description": "One of the secrets in `LOGS_TOKEN`. Where none is set, the log is public."
          },
          "admin_token": {
            "type": "http", "scheme": "bearer",
            "description": "One of the secrets in `ADMIN_TOKEN`. Where none is set, everybody is refused."
          }
        }
        """#
}
