// The server's events, by one connection for the whole page.

import { follow } from "./stream.js";

const listeners = new Map();
const watchers = new Set();
let connection = { state: "connecting", problem: null };

/** Calls back with each event of a type (`*` for all): `{ id, time, type, data }`. Returns what ends it. */
export function on(type, callback) {
  if (!listeners.has(type)) listeners.set(type, new Set());
  listeners.get(type).add(callback);
  return () => listeners.get(type).delete(callback);
}

/** Calls back with `{ state, problem }` of the connection, now and whenever it changes. Returns what ends it. */
export function onConnection(callback) {
  watchers.add(callback);
  callback(connection);
  return () => watchers.delete(callback);
}

/** Begins to listen. To be called once. */
export function listen() {
  follow("/api/events", {
    onState: (state, problem = null) => {
      connection = { state, problem };
      for (const callback of [...watchers]) callback(connection);
    },
    onEvent: ({ type, data }) => {
      if (type === "heartbeat" || type === "bye") return;
      // Some were missed: whoever follows a type looks for itself.
      if (type === "gap") return tell({ type: "gap", data: {} }, "gap");
      let event;
      try {
        event = JSON.parse(data);
      } catch {
        return;
      }
      tell(event, type);
      tell(event, "*");
    },
  });
}

function tell(event, type) {
  for (const callback of [...(listeners.get(type) ?? [])]) callback(event);
}
