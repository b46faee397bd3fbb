// The server's events, by one connection for the whole page.

import { follow } from "./stream.js";

/** How many ids are remembered: more than the server's ring has, all of which it sends again where some were missed. */
const REMEMBERED = 1000;

const listeners = new Map();
const watchers = new Set();
const seen = new Set();
let connection = { state: "connecting", problem: null };

/**
 * Calls back with each event of a type, once: `{ id, time, type, data }`; id is null for news of the connection itself, which
 * come again with an id once they are recorded. `*` stands for all types, `gap` for the place where some were missed.
 * Returns what ends it.
 */
export function on(type, callback) {
  if (!listeners.has(type)) listeners.set(type, new Set());
  listeners.get(type).add(callback);
  return () => {
    const left = listeners.get(type);
    left?.delete(callback);
    if (left?.size === 0) listeners.delete(type);
  };
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
      if (!isNew(event)) return;
      tell(event, type);
      tell(event, "*");
    },
  });
}

/** Whether an event has not come before. */
function isNew(event) {
  if (typeof event !== "object" || event === null) return false;
  if (event.id === null || event.id === undefined) return true;
  if (seen.has(event.id)) return false;
  seen.add(event.id);
  if (seen.size > REMEMBERED) seen.delete(seen.values().next().value);
  return true;
}

/** Tells all who listen, of whom one that fails is no harm to the others. */
function tell(event, type) {
  for (const callback of [...(listeners.get(type) ?? [])]) {
    try {
      callback(event);
    } catch (error) {
      reportError(error);
    }
  }
}
