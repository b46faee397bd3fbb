import Essentials
import FastCGI
import Logging
import Telemetry
import Web

/// The log level of all processes.
enum LevelRoutes {
    /// A level as it is posted.
    private struct Posted: FieldReadable {
        var level = Logger.Level.info

        init(reading fields: inout FieldReader) {
            if case .string(let name) = fields.value("level"), let level = Logger.Level(name: name) {
                self.level = level
            } else {
                fields.reject("level", "has to be one of \(Logger.Level.names)")
            }
        }
    }

    /// Sets the level for every process that shares the store.
    static func set(_ request: Request, _ context: Context) throws -> Response {
        let level = try FieldReader.read(Posted.self, from: context.body).level
        try LevelSetting.write(level, to: context.store)
        context.logger.notice(
            "log level set", metadata: ["to": "\(level)", "token": "\(context.caller ?? "")"])
        return answer(level)
    }

    /// The level as a body.
    static func answer(_ level: Logger.Level) -> Response {
        .json(JSONWriter.object { $0.member("level", level.rawValue) })
    }
}

extension Operations {
    /// The level that the API has set, or the one that the processes were started with.
    func showLevel(_ request: Request, _ context: Context) throws -> Response {
        LevelRoutes.answer(try LevelSetting.read(from: context.store) ?? context.logger.logLevel)
    }
}
