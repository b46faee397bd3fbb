// Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html) by fetch, and not by EventSource,
// which cannot send a token.

import { Problem } from "./resource.js";

/** Milliseconds of silence after which a connection is given up: there is a heartbeat every 15 s. */
const SILENCE = 40_000;
/** Milliseconds until the first and between later attempts to connect again, at most. */
const FIRST_WAIT = 300;
const LONGEST_WAIT = 10_000;
/** The longest event that is read, in characters. */
const LIMIT = 4_000_000;

/**
 * Follows a stream, and connects again by itself after the last event that it has seen.
 *
 * @param path where it is.
 * @param onEvent called with `{ id, type, data }`, data as text.
 * @param onState called with `"connecting"`, `"open"`, or `"waiting"` and a `Problem`.
 * @param headers a function that returns further headers.
 * @param isOver a function of an event: whether the stream ends with it for good.
 * @param onRefused called with a `Problem` where to ask again is of no use (4xx, but for 408 and 429): nothing more follows.
 * @returns what ends it.
 */
export function follow(path, { onEvent, onState = () => {}, headers = () => ({}), isOver = () => false, onRefused }) {
  let lastID = "";
  let failures = 0;
  let isEnded = false;
  let abort = new AbortController();
  let wake = () => {};

  const end = () => {
    isEnded = true;
    abort.abort();
    wake();
  };

  const pause = milliseconds =>
    new Promise(done => {
      const timer = setTimeout(done, milliseconds);
      wake = () => {
        clearTimeout(timer);
        done();
      };
    });

  const connect = async () => {
    abort = new AbortController();
    let watchdog = setTimeout(() => abort.abort(), SILENCE);
    const alive = () => {
      clearTimeout(watchdog);
      watchdog = setTimeout(() => abort.abort(), SILENCE);
    };
    try {
      const response = await fetch(path, {
        headers: { Accept: "text/event-stream", ...(lastID && { "Last-Event-ID": lastID }), ...headers() },
        cache: "no-store", credentials: "omit", signal: abort.signal,
      });
      if (!response.ok) {
        const problem = await response.json().catch(() => null);
        throw new Problem(response.status, problem?.detail ?? `The answer was ${response.status}.`);
      }
      onState("open");
      const parse = parser(event => {
        if (event.id !== undefined) lastID = event.id;
        failures = 0;
        if (isEnded) return;
        onEvent(event);
        if (isOver(event)) end();
      });
      const decoder = new TextDecoder();
      for (const reader = response.body.getReader(); ; ) {
        const { done, value } = await reader.read();
        if (done || isEnded) return;
        alive();
        parse(decoder.decode(value, { stream: true }));
      }
    } finally {
      clearTimeout(watchdog);
      abort.abort();
    }
  };

  (async () => {
    while (!isEnded) {
      onState("connecting");
      let problem = new Problem(0, "The connection has ended.");
      try {
        await connect();
      } catch (error) {
        if (error instanceof Problem) problem = error;
        const isFinal = error instanceof Problem && error.status >= 400 && error.status < 500
          && error.status !== 408 && error.status !== 429;
        if (isFinal && !isEnded && onRefused) {
          isEnded = true;
          onRefused(error);
        }
      }
      if (isEnded) return;
      onState("waiting", problem);
      const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** failures);
      failures += 1;
      // Not all pages at the same moment.
      await pause(wait * (0.5 + Math.random() / 2));
    }
  })();
  return end;
}

/** Returns a function that takes pieces of a stream, and calls back with each event that is whole. */
export function parser(onEvent) {
  let rest = "";
  let id, type = "", data = [];
  const line = text => {
    if (text === "") {
      if (data.length > 0) onEvent({ id, type: type || "message", data: data.join("\n") });
      id = undefined;
      type = "";
      data = [];
      return;
    }
    const colon = text.indexOf(":");
    const field = colon < 0 ? text : text.slice(0, colon);
    const value = colon < 0 ? "" : text.slice(colon + 1).replace(/^ /, "");
    if (field === "data") data.push(value);
    else if (field === "event") type = value;
    else if (field === "id" && !value.includes("\0")) id = value;
  };
  return piece => {
    rest += piece;
    if (rest.length > LIMIT) throw new Problem(0, "An event was too long.");
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop();
    for (const text of lines) line(text);
  };
}
