// What somebody has to know at once, above everything else.

import * as credentials from "./credentials.js";
import { h, replace } from "./dom.js";
import * as events from "./events.js";
import { span } from "./format.js";
import { stateOf } from "./origins.js";
import { symbol } from "./panel.js";
import { ask, resource } from "./resource.js";

/** Seconds after which GitHub's silence is told. */
const SILENCE = 600;
/** Milliseconds within which somebody who looks at this page has asked GitHub for something: before, its silence is ours. */
const ASKED = 75_000;

/** Milliseconds until what could not be had is asked for again. */
const AGAIN = 5000;

/** Shows the banner, where there is something to show. */
export function mount(root) {
  const found = { chimney: null, store: null, github: null, origins: [], rollbacks: [] };
  let shown = "";
  const show = () => {
    const texts = [found.chimney, found.store, found.github, ...found.origins, ...found.rollbacks].filter(Boolean);
    const key = texts.map(text => text.key).join("\n");
    // It is read out by a screen reader whenever it changes: not for every minute that passes.
    if (key === shown) {
      texts.forEach((text, index) => (root.children[index].querySelector(".text").textContent = text.text));
      return;
    }
    shown = key;
    replace(root, texts.map(({ text, more }) => h("p", { class: "alert" }, symbol("warn"), h("span", { class: "text" }, text), more)));
  };
  const github = silence();

  resource("/healthz", 10).watch(({ data, problem }) => {
    found.chimney = problem && { key: "chimney", text: `chimney does not answer: ${problem.message}` };
    found.store = !problem && storeText(data);
    found.github = !problem && github(data?.github);
    show();
  });
  resource("/api/origins/health", 10).watch(({ data, problem }) => {
    if (problem) return;
    const states = (data?.origins ?? []).map(origin => ({ ...origin, ...stateOf(origin) }));
    const old = states.filter(({ isOld }) => isOld);
    found.origins = states.filter(({ kind }) => kind === "bad").map(({ origin, failure }) => ({
      key: `origin ${origin}`, text: `${origin} is down${failure?.error ? `: ${failure.error}` : ""}.`,
    }));
    if (old.length > 0) {
      const names = old.length === states.length ? "The origins are" : old.length === 1 ? `${old[0].origin} is` : `${old.length} origins are`;
      found.origins.push({ key: `old ${old.length}`, text: `${names} not checked any more: see whether an agent runs.` });
    }
    show();
  });

  const health = resource("/api/origins/health", 10);
  for (const type of ["origin.down", "origin.up"]) events.on(type, () => health.refresh());
  rollbacks(texts => {
    found.rollbacks = texts;
    show();
  });
}

function storeText(data) {
  if (!data || data.status === "ok" || data.dragonfly === "connected") return null;
  const error = data.dragonfly_error ? ` (${data.dragonfly_error})` : "";
  return {
    key: `store ${data.dragonfly}`,
    text: `The store is away${error}: nothing can be written, and what is shown may be old.`,
  };
}

/**
 * Returns what makes a text of what `/healthz` says of GitHub. That nobody has asked it for a while is no silence of its own:
 * it counts once GitHub is known to fail, or had the time to answer this page.
 */
function silence() {
  let since = 0, isTold = false;
  return github => {
    const age = github?.last_success_age_s;
    const isOpen = github?.breaker === "open";
    if (age === null && isOpen) return { key: "github", text: "GitHub has not answered yet: nothing of it can be shown." };
    if (!(age > SILENCE)) {
      since = 0;
      isTold = false;
      return null;
    }
    since ||= Date.now();
    isTold ||= isOpen || Date.now() - since > ASKED;
    const again = isOpen ? " It is left alone for a moment, then asked again." : "";
    return isTold && { key: "github", text: `GitHub has not answered for ${span(age)}: what is shown of it is that old.${again}` };
  };
}

/** Follows deployments: the services whose last one has ended with a rollback that failed. */
function rollbacks(tell) {
  const FINAL = ["succeeded", "failed", "rolled_back", "rollback_failed"];
  const last = new Map();
  const update = () => tell(
    [...last.values()].filter(({ state }) => state === "rollback_failed").map(({ service, host, id }) => ({
      key: `rollback ${id}`,
      text: `The rollback of ${service}${host ? ` on ${host}` : ""} has failed: it may be down.`,
      more: h("a", { href: `#/queue?run=${encodeURIComponent(id)}` }, "See its log"),
    })));
  const take = ({ service, state, ...more }) => {
    if (service && FINAL.includes(state)) last.set(service, { service, state, ...more });
  };

  // How it was before this page: the newest deployment of each service that is over. Who may not see them without a token
  // sees those of the last events.
  const seed = async () => {
    try {
      const { data } = await ask("/deploy?limit=100", { headers: credentials.headers("LOGS_TOKEN") });
      for (const { status, ...run } of data.deployments.toReversed()) take({ ...run, state: status });
    } catch (problem) {
      if (problem.status !== 401) return setTimeout(seed, AGAIN);
      try {
        const { data } = await ask("/api/events/recent?type=deployment&limit=500");
        for (const event of data.events) take(event.data);
      } catch {
        return setTimeout(seed, AGAIN);
      }
    }
    update();
  };
  events.on("deployment", event => {
    take(event.data);
    update();
  });
  events.on("gap", seed);
  seed();
}
