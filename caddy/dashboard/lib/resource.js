// What an address of this server answers, asked again and again, once for all who watch it.

import { learnTime } from "./format.js";

/** Milliseconds that an answer may take. */
const PATIENCE = 10_000;
/** Seconds until what has failed is asked again, at most. */
const RETRY = 5;

/** Why there is no answer, in words; `status` is 0 where there was none at all. */
export class Problem extends Error {
  constructor(status, text, errors = []) {
    super(text);
    this.status = status;
    this.errors = errors;
  }

  /** Whether it may pass by itself: what is refused (4xx) does not, but for what took too long (408) or came too often (429). */
  get isPassing() {
    return this.status < 400 || this.status >= 500 || this.status === 408 || this.status === 429;
  }
}

/**
 * Asks this server, and returns `{ status, data, headers }`: data is what the JSON of the answer says, or what `read` makes of
 * its text, and null for an answer without a body. Throws a `Problem` for anything but success.
 */
export async function ask(path, { method = "GET", headers = {}, body, signal, read = JSON.parse } = {}) {
  let response, text;
  try {
    const limit = AbortSignal.timeout(PATIENCE);
    response = await fetch(path, {
      method, body, headers, cache: "no-store",
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
    text = await response.text();
  } catch (error) {
    throw new Problem(0, error.name === "TimeoutError" ? "There was no answer within 10 s." : "chimney cannot be reached.");
  }
  learnTime(response.headers.get("Date"));
  let data = null;
  try {
    data = text === "" ? null : (response.ok ? read : JSON.parse)(text);
  } catch {
    throw new Problem(
      response.status, response.ok ? "The answer was cut off, or cannot be read." : `The answer was ${response.status}.`);
  }
  if (!response.ok) {
    const errors = Array.isArray(data?.errors) ? data.errors : [];
    throw new Problem(response.status, data?.detail ?? `The answer was ${response.status}.`, errors);
  }
  return { status: response.status, data, headers: response.headers };
}

class Resource {
  constructor(path, seconds, read) {
    this.path = path;
    this.seconds = seconds;
    this.read = read;
    this.watchers = new Set();
    /** What is known: the last data, when it came (milliseconds; 0 for never), and what has gone wrong since. */
    this.state = { data: undefined, headers: null, at: 0, problem: null };
    this.timer = 0;
    this.isAsking = false;
    this.isAskedAgain = false;
  }

  /** Calls back with the state now, if there is one, and whenever it may have changed. Returns what ends it. */
  watch(callback) {
    this.watchers.add(callback);
    if (this.state.at > 0 || this.state.problem) this.tell(callback);
    if (this.watchers.size === 1) this.schedule(this.due());
    return () => {
      this.watchers.delete(callback);
      if (this.watchers.size === 0) clearTimeout(this.timer);
    };
  }

  /** Whoever fails to show the state is no harm to the others, nor to the next question. */
  tell(callback) {
    try {
      callback(this.state);
    } catch (error) {
      reportError(error);
    }
  }

  /** Resolves with the state once there is one. */
  first() {
    return new Promise(done => {
      const stop = this.watch(state => {
        done(state);
        queueMicrotask(() => stop());
      });
    });
  }

  /** Milliseconds until it is to be asked again. */
  due() {
    if (this.state.at === 0) return 0;
    return Math.max(0, this.state.at + this.seconds * 1000 - Date.now());
  }

  /** Asks now; where a question is under way, once more after it, as its answer may be older than the reason to ask. */
  async refresh() {
    if (this.isAsking) {
      this.isAskedAgain = true;
      return;
    }
    this.isAsking = true;
    clearTimeout(this.timer);
    try {
      const { data, headers } = await ask(this.path, { read: this.read });
      this.state = { data, headers, at: Date.now(), problem: null };
    } catch (problem) {
      this.state = { ...this.state, problem };
    }
    this.isAsking = false;
    for (const callback of [...this.watchers]) this.tell(callback);
    if (this.isAskedAgain) {
      this.isAskedAgain = false;
      return this.refresh();
    }
    this.schedule((this.state.problem?.isPassing ? Math.min(RETRY, this.seconds) : this.seconds) * 1000);
  }

  schedule(milliseconds) {
    clearTimeout(this.timer);
    // Nobody looks: what is missed is made up for when somebody does.
    if (this.watchers.size === 0 || document.hidden) return;
    this.timer = setTimeout(() => this.refresh(), milliseconds);
  }
}

const resources = new Map();

/**
 * What a path answers, asked every so many seconds while somebody watches it and the page can be seen.
 *
 * @param read makes data of the answer's text; JSON unless it is given.
 */
export function resource(path, seconds, read) {
  let found = resources.get(path);
  if (!found) {
    found = new Resource(path, seconds, read);
    resources.set(path, found);
  }
  return found;
}

/** Asks for all that is watched, now. */
export function refreshAll() {
  for (const each of resources.values()) if (each.watchers.size > 0) each.refresh();
}

document.addEventListener("visibilitychange", () => {
  for (const each of resources.values()) each.schedule(each.due());
});
