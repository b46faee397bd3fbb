// What somebody has to know at once, above everything else.

import { h, replace } from "./dom.js";
import * as events from "./events.js";
import { span } from "./format.js";
import { symbol } from "./panel.js";
import { resource } from "./resource.js";

/** Seconds after which GitHub's silence is told. */
const SILENCE = 600;

/** Shows the banner, where there is something to show. */
export function mount(root) {
  const found = { chimney: null, store: null, github: null, origins: [], rollbacks: [] };
  let shown = "";
  const show = () => {
    const texts = [found.chimney, found.store, found.github, ...found.origins, ...found.rollbacks].filter(Boolean);
    const key = texts.map(text => text.key).join("\n");
    // It is read out by a screen reader whenever it changes: not for every minute that passes.
    if (key === shown) {
      texts.forEach((text, index) => (root.children[index].lastChild.textContent = text.text));
      return;
    }
    shown = key;
    replace(root, texts.map(({ text }) => h("p", { class: "alert" }, symbol("warn"), h("span", {}, text))));
  };

  resource("/healthz", 10).watch(({ data, problem }) => {
    found.chimney = problem && { key: "chimney", text: `chimney does not answer: ${problem.message}` };
    found.store = !problem && storeText(data);
    found.github = !problem && githubText(data?.github);
    show();
  });
  resource("/api/origins/health", 10).watch(({ data, problem }) => {
    if (problem) return;
    const down = (data?.origins ?? []).filter(origin => origin.up === false);
    found.origins = down.map(({ origin, recent }) => ({
      key: `origin ${origin}`, text: `${origin} is down${reason(recent)}.`,
    }));
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

function githubText(github) {
  const age = github?.last_success_age_s;
  if (age === null && github.breaker === "open") return { key: "github", text: "GitHub has not answered yet: nothing of it can be shown." };
  if (!(age > SILENCE)) return null;
  const again = github.breaker === "open" ? " It is left alone for a moment, then asked again." : "";
  return { key: "github", text: `GitHub has not answered for ${span(age)}: what is shown of it is that old.${again}` };
}

const reason = recent => {
  const error = recent?.find(check => check.error)?.error;
  return error ? `: ${error}` : "";
};

/** Follows deployments: the services whose last one has ended with a rollback that failed. */
function rollbacks(tell) {
  const last = new Map();
  const recent = resource("/api/events/recent?type=deployment&limit=100", 60);
  const take = ({ data }) => {
    if (data?.service && data.state) last.set(data.service, data);
  };
  const update = () => tell(
    [...last.values()].filter(({ state }) => state === "rollback_failed").map(({ service, host, id }) => ({
      key: `rollback ${id}`,
      text: `The rollback of ${service} on ${host} has failed: it may be down. See its log on the Queue page.`,
    })));
  recent.watch(({ data }) => {
    for (const event of data?.events ?? []) take(event);
    update();
  });
  events.on("deployment", event => {
    take(event);
    update();
  });
}
