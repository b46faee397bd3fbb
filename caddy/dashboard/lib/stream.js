// Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html) by fetch, and not by EventSource,
// which cannot send a token.

import { Problem } from "./resource.js";

/** Milliseconds of silence after which a connection is given up: there is a sign of life every 5 s. */
const SILENCE = 40_000;
/** Milliseconds until the first and between later attempts to connect again, at most. */
const FIRST_WAIT = 300;
const LONGEST_WAIT = 10_000;
/** Milliseconds for which a page that nobody sees keeps its connection. */
const HIDDEN = 10_000;
/** The longest event that is read, in characters. */
const LIMIT = 4_000_000;

/**
 * Follows a stream, and connects again by itself after the last event that it has seen. While nobody sees the page it rests.
 *
 * @param path where it is.
 * @param onEvent called with `{ id, type, data }`, data as text; id is the last one that the stream has named.
 * @param onState called with `"connecting"`, `"open"`, or `"waiting"` and a `Problem`.
 * @param headers a function that returns further headers.
 * @param isOver a function of an event: whether the stream ends with it for good.
 * @param onRefused called with a `Problem` where to ask again is of no use (4xx, but for 408 and 429). Nothing more follows,
 *   unless it returns, or promises, true: then it is asked again at once, after the last event.
 * @returns what ends it.
 */
export function follow(path, { onEvent, onState = () => {}, headers = () => ({}), isOver = () => false, onRefused }) {
  let lastID = "";
  let failures = 0;
  let leastWait = 0;
  let isEnded = false;
  let isResting = false;
  let rest = 0;
  let abort = new AbortController();
  let wake = () => {};

  const hurry = () => wake();
  const leave = () => abort.abort();
  const end = () => {
    isEnded = true;
    removeEventListener("online", hurry);
    removeEventListener("pagehide", leave);
    removeEventListener("pageshow", hurry);
    document.removeEventListener("visibilitychange", turn);
    clearTimeout(rest);
    abort.abort();
    wake();
  };
  // The network is back: there is nothing to wait for.
  addEventListener("online", hurry);
  // A browser keeps a page that is left for whoever comes back, and would keep its connections, of which it has six for a
  // server: for the seventh page there would be none.
  addEventListener("pagehide", leave);
  addEventListener("pageshow", hurry);
  // So would pages in other tabs, which nobody looks at; but who only takes a look elsewhere is to find everything as it was.
  const turn = () => {
    clearTimeout(rest);
    if (document.hidden) {
      rest = setTimeout(() => {
        isResting = true;
        leave();
        wake();
      }, HIDDEN);
    } else {
      isResting = false;
      wake();
    }
  };
  document.addEventListener("visibilitychange", turn);
  turn();

  const pause = milliseconds =>
    new Promise(done => {
      const timer = setTimeout(done, milliseconds);
      wake = () => {
        clearTimeout(timer);
        done();
      };
    });

  const take = event => {
    failures = 0;
    if (isEnded) return;
    // What goes wrong in there is no fault of the connection, and is not to hide behind one.
    try {
      onEvent(event);
    } catch (error) {
      reportError(error);
    }
    if (isOver(event)) end();
  };

  const connect = async () => {
    abort = new AbortController();
    const silence = new Problem(0, `Nothing came for ${SILENCE / 1000} s.`);
    let watchdog;
    const alive = () => {
      clearTimeout(watchdog);
      watchdog = setTimeout(() => abort.abort(silence), SILENCE);
    };
    alive();
    try {
      const response = await open(path, { ...(lastID && { "Last-Event-ID": lastID }), ...headers() }, abort.signal);
      if (isEnded) return;
      onState("open");
      const parse = parser(take, {
        lastID, onID: id => (lastID = id), onRetry: milliseconds => (leastWait = milliseconds),
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
      if (isResting) {
        await new Promise(done => (wake = done));
        continue;
      }
      onState("connecting");
      let problem = new Problem(0, "The connection has ended.");
      try {
        await connect();
      } catch (error) {
        if (error instanceof Problem) problem = error;
      }
      if (isEnded) return;
      if (!problem.isPassing && onRefused) {
        const isAllowed = await onRefused(problem);
        if (isEnded) return;
        if (isAllowed === true) continue;
        return end();
      }
      if (isResting) continue;
      onState("waiting", problem);
      // At first at once, as a streamer that was replaced is soon there again; then as the server wants it, and ever later.
      const wait = failures === 0 ? FIRST_WAIT : Math.max(leastWait, FIRST_WAIT * 2 ** failures);
      failures += 1;
      // Not all pages at the same moment.
      const spread = 0.5 + Math.random() / 2;
      await pause(Math.max(Math.min(LONGEST_WAIT, wait) * spread, (problem.retryAfter ?? 0) * 1000));
    }
  })();
  return end;
}

/** Asks for a stream; a `Problem` where there is none. */
async function open(path, headers, signal) {
  let response;
  try {
    response = await fetch(path, {
      headers: { Accept: "text/event-stream", ...headers }, cache: "no-store", signal,
    });
  } catch (error) {
    throw error instanceof Problem ? error : new Problem(0, "chimney cannot be reached.");
  }
  if (!response.ok) {
    const answer = await response.json().catch(() => null);
    const problem = new Problem(response.status, answer?.detail ?? `The answer was ${response.status}.`);
    const seconds = Number(response.headers.get("Retry-After"));
    problem.retryAfter = seconds > 0 ? Math.min(seconds, 60) : 0;
    throw problem;
  }
  if (!response.body || !/^text\/event-stream\b/i.test(response.headers.get("Content-Type") ?? "")) {
    throw new Problem(0, "The answer is no stream of events.");
  }
  return response;
}

/**
 * Reads a stream as section 9.2.6 of the standard interprets it.
 *
 * @param onEvent called with each event that is whole. Its id is the last one that was named, perhaps by one before.
 * @param lastID the last one of the connection before, which holds until this one names another.
 * @param onID called with each id at the end of what it belongs to, which may be no event: it may only say how far one has got.
 * @param onRetry called with the milliseconds that the server wants to be left alone for.
 * @returns a function that takes the stream's text, in pieces of any length.
 */
export function parser(onEvent, { lastID = "", onID = () => {}, onRetry = () => {} } = {}) {
  let rest = "";
  let hasReturned = false;
  let id = lastID, type = "", data = [], size = 0;

  const dispatch = () => {
    onID(id);
    const event = data.length > 0 && { id, type: type || "message", data: data.join("\n") };
    type = "";
    data = [];
    size = 0;
    if (event) onEvent(event);
  };

  const field = (name, value) => {
    if (name === "data") {
      data.push(value);
      size += value.length;
      if (size > LIMIT) throw new Problem(0, "An event was too long.");
    } else if (name === "event") {
      type = value;
    } else if (name === "id") {
      // One that no header could carry could not be resumed from.
      if (/^[\x20-\x7e]*$/.test(value)) id = value;
    } else if (name === "retry" && /^\d+$/.test(value)) {
      onRetry(Number(value));
    }
  };

  const line = text => {
    if (text === "") return dispatch();
    const colon = text.indexOf(":");
    // A comment.
    if (colon === 0) return;
    if (colon < 0) return field(text, "");
    field(text.slice(0, colon), text.slice(text[colon + 1] === " " ? colon + 2 : colon + 1));
  };

  return piece => {
    if (piece === "") return;
    // The second half of a line's end, whose first one was the end of the piece before.
    const text = hasReturned && piece[0] === "\n" ? piece.slice(1) : piece;
    hasReturned = piece.endsWith("\r");
    const lines = text.split(/\r\n|\n|\r/);
    lines[0] = rest + lines[0];
    rest = lines.pop();
    if (rest.length > LIMIT) throw new Problem(0, "An event was too long.");
    for (const each of lines) line(each);
  };
}
