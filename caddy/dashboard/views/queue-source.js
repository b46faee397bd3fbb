// What the server answers to those who show a token, where it wants one: asked for again whenever it may have changed.

import * as credentials from "../lib/credentials.js";
import { h } from "../lib/dom.js";
import * as events from "../lib/events.js";
import { trouble } from "../lib/panel.js";
import { ask } from "../lib/resource.js";

/** Milliseconds until what could not be had is asked for again. */
export const RETRY = 5000;
/** Milliseconds in which several reasons to ask again are one. */
const PAUSE = 300;

/** Where to ask again is of no use before something else is typed in; 429 comes after wrong tokens. */
const REFUSALS = [400, 401, 403, 429];

/**
 * Something that is asked for.
 *
 * @param credential `{ name, why, title, withOrganisation }` of what may be wanted, as `credentials.obtain` takes it.
 * @param type of the events which say that it may have changed. (That the store is away, or some were missed, says so too.)
 * @param load asks for it, by a function that it is given: `get(path)`. Returns the data.
 * @param show called with `{ data, problem, at, isRefused }` whenever that may have changed.
 */
export function source({ credential, type, load, show }) {
  let state = { data: undefined, problem: null, at: 0, isRefused: false };
  let isAsking = false, isAskedAgain = false, isStopped = false, isStale = false;
  let retry = 0, soon = 0;
  const ended = new AbortController();
  let idle = Promise.resolve();

  const get = path => ask(path, { headers: credentials.headers(credential.name) });

  const round = async () => {
    do {
      isAskedAgain = false;
      try {
        state = { data: await load(get), problem: null, at: Date.now(), isRefused: false };
      } catch (problem) {
        state = { ...state, problem, isRefused: REFUSALS.includes(problem.status) };
        // What somebody may no longer see is not kept on the screen.
        if (state.isRefused) state.data = undefined;
      }
      if (isStopped) return;
    } while (isAskedAgain);
    isAsking = false;
    show(state);
    if (state.problem && !state.isRefused) retry = setTimeout(refresh, RETRY);
  };

  /** Asks now, unless it has been stopped. Resolves when there is an answer. */
  const refresh = () => {
    clearTimeout(retry);
    if (isStopped) return idle;
    if (isAsking) {
      isAskedAgain = true;
      return idle;
    }
    isAsking = true;
    idle = round();
    return idle;
  };

  const look = () => {
    if (document.hidden || !isStale) return;
    isStale = false;
    refresh();
  };
  document.addEventListener("visibilitychange", look);

  // Asks in a moment, where there is somebody to see it.
  const changed = () => {
    if (soon || state.isRefused) return;
    soon = setTimeout(() => {
      soon = 0;
      isStale = true;
      look();
    }, PAUSE);
  };
  const stops = [type, "gap", "dragonfly.down", "dragonfly.up"].map(each => events.on(each, changed));

  return {
    get, refresh,
    /** Asks for what is wanted until it is enough, or is thought better of. */
    permit: async () => {
      let problem = credentials.has(credential.name) ? state.problem?.message ?? "" : "";
      for (;;) {
        const isGiven = await credentials.obtain(credential.name, credential.why, {
          ...credential, problem, signal: ended.signal,
        });
        if (!isGiven || isStopped) return;
        await refresh();
        if (isStopped || !state.isRefused) return;
        problem = state.problem.message;
      }
    },
    stop: () => {
      isStopped = true;
      for (const stop of stops) stop();
      ended.abort();
      clearTimeout(retry);
      clearTimeout(soon);
      document.removeEventListener("visibilitychange", look);
    },
  };
}

/** What stands in the place of what needs a token: why, and a button. */
export function gate(problem, label, onclick) {
  return h("div", { class: "gate" }, trouble(problem), h("p", {}, h("button", { type: "button", class: "primary", onclick }, label)));
}
