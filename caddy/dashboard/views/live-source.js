// Where lines come from: chimney's own log as it is written, and Caddy's access log, asked for again and again.

import * as credentials from "../lib/credentials.js";
import { ask } from "../lib/resource.js";
import { follow } from "../lib/stream.js";

const TOKEN = "LOGS_TOKEN";
/** Milliseconds between two questions for Caddy's lines: each of them is such a line itself. */
const PAUSE = 3000;
/** How many of Caddy's lines are asked for: few, and all that the server keeps where those do not follow what is known. */
const FEW = 200;
const ALL = 1000;
/** Milliseconds until what was refused for another reason than the token is asked for again. */
const REFUSED = 10_000;

/** The sources, by their names in the address. */
export const SOURCES = {
  chimney: { title: "chimney", start: chimney, history: "/api/logs?limit=1000" },
  caddy: { title: "Caddy's access log", start: caddy, history: null },
};

/** Asks for lines that have been, with the token where one was given. Throws a `Problem`. */
export async function linesOf(path, signal) {
  const { data } = await ask(path, { headers: credentials.headers(TOKEN), signal });
  return (data?.lines ?? []).filter(isLine);
}

/**
 * Follows chimney's log, from its last 100 lines on.
 *
 * @param onLines called with lines, oldest first.
 * @param onGap called where lines are missing before those that follow.
 * @param onState called with `"connecting"`, `"open"`, `"waiting"` and a `Problem`, or `"refused"` and one: nothing more
 *   comes before it is started again.
 * @returns what ends it.
 */
function chimney({ onLines, onGap, onState }) {
  const ended = new AbortController();
  const end = follow("/api/logs/stream", {
    headers: () => credentials.headers(TOKEN),
    onState,
    onEvent: ({ type, data }) => {
      if (type === "gap") return onGap();
      if (type !== "message") return;
      let line;
      try {
        line = JSON.parse(data);
      } catch {
        return;
      }
      if (isLine(line)) onLines([line]);
    },
    onRefused: problem => admit(problem, ended.signal, onState),
  });
  return () => {
    ended.abort();
    end();
  };
}

/** Follows Caddy's log, likewise. */
function caddy({ onLines, onGap, onState }) {
  const ended = new AbortController();
  let timer = 0;
  /** The newest line that is known. */
  let newest = Infinity;
  const fetchLines = async limit => {
    const lines = await linesOf(`/api/logs/caddy?limit=${limit}`, ended.signal);
    const hasGap = lines.length > 0 && lines[0].id > newest;
    if (hasGap && limit < ALL) return fetchLines(ALL);
    // A page that was left meanwhile has no use for them.
    if (ended.signal.aborted) return;
    if (hasGap) onGap();
    newest = lines.at(-1)?.id ?? newest;
    onLines(lines);
  };
  const look = async () => {
    let pause = PAUSE;
    try {
      if (!document.hidden) {
        await fetchLines(FEW);
        if (!ended.signal.aborted) onState("open");
      }
    } catch (problem) {
      if (ended.signal.aborted) return;
      if (problem.status !== 401) {
        onState("waiting", problem);
      } else if (await admit(problem, ended.signal, onState)) {
        pause = 0;
      } else {
        return;
      }
    }
    if (!ended.signal.aborted) timer = setTimeout(look, pause);
  };
  onState("connecting");
  look();
  return () => {
    ended.abort();
    clearTimeout(timer);
  };
}

/** Asks for the token that the log needs, where that is what is wrong. Returns whether to go on. */
async function admit(problem, signal, onState) {
  if (problem.status !== 401) {
    onState("waiting", problem);
    await new Promise(done => setTimeout(done, REFUSED));
    return true;
  }
  const wasGiven = credentials.has(TOKEN);
  credentials.forget(TOKEN);
  const isGiven = await credentials.obtain(TOKEN, "The log of this server is shown to those who have its token.", {
    problem: wasGiven ? "This token was refused." : "", signal,
  });
  if (!isGiven && !signal.aborted) onState("refused", problem);
  return isGiven;
}

const isLine = line => typeof line === "object" && line !== null && Number.isFinite(line.id);
