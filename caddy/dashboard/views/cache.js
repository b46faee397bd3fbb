// The cache of GitHub's answers: what is in it, how well it serves, and what to do about it.

import { h, replace } from "../lib/dom.js";
import { number, percent, span } from "../lib/format.js";
import * as events from "../lib/events.js";
import { nothing, symbol } from "../lib/panel.js";
import { resource } from "../lib/resource.js";
import { actions } from "./cache-actions.js";
import { entryTable } from "./cache-table.js";

const stats = resource("/api/cache/stats", 10);
/** Seconds after which to look for what a warming has brought. */
const LOOKS = [1, 3, 6];

/** Shows it. Of the parameters, `filter` and `sort` are those of the table. */
export function mount(root, parameters) {
  let timers = [];
  const table = entryTable({
    filter: parameters?.get("filter") ?? "", sort: parameters?.get("sort") ?? "key",
    onChange: ({ filter, sort }) => {
      const query = new URLSearchParams({ ...(filter && { filter }), ...(sort !== "key" && { sort }) }).toString();
      history.replaceState(null, "", `#/cache${query && `?${query}`}`);
    },
    onInvalidate: key => act.invalidate(key),
  });
  const act = actions({
    onDone: what => {
      stats.refresh();
      timers.forEach(clearTimeout);
      timers = what === "warmed" ? LOOKS.map(seconds => setTimeout(() => stats.refresh(), seconds * 1000)) : [];
    },
  });
  const figures = [
    figure("Hit rate", data => (data.hits + data.misses > 0 ? percent(data.hit_rate_pct) : null),
      data => `${number(data.hits)} hits, ${number(data.misses)} misses, ever`, "Nobody has asked it yet."),
    figure("Entries", data => number(data.dragonfly_entries), () => "in the store, for all hosts"),
    figure("Memory tier", data => number(data.mem_entries), () => "entries on the host that answered"),
    figure("Age, p50", data => age(data.cache_age_p50_s), () => "half of the entries are no older", "There is no entry with content."),
    figure("Age, p95", data => age(data.cache_age_p95_s), () => "95 in 100 are no older", "There is no entry with content."),
  ];
  const trouble = h("p", { class: "panel-note", role: "status", hidden: true });
  const list = h("div", { class: "panel-body" }, nothing("Loading …"));
  replace(
    root,
    h("div", { class: "figures" }, figures.map(({ element }) => element)),
    act.element,
    h("section", { class: "panel", "aria-labelledby": "cache-entries" }, h("h2", { id: "cache-entries" }, "Entries"), trouble, list));

  const stops = [
    stats.watch(({ data, problem, at }) => {
      for (const { update } of figures) update(data, problem);
      trouble.hidden = !problem;
      replace(trouble, problem && [symbol("bad"), problem.message, data && ` What is shown is as it was ${span((Date.now() - at) / 1000)} ago.`]);
      if (data) {
        if (!table.element.isConnected) replace(list, table.element);
        table.update(data, at);
      } else if (problem) {
        replace(list, nothing("What the cache holds is not known."));
      }
    }),
    ...["cache.invalidated", "cache.evicted"].map(type => events.on(type, soon)),
  ];
  const second = setInterval(() => table.tick(), 1000);
  let pending = 0;
  // Many may come at once, and for long.
  function soon() {
    if (pending) return;
    pending = setTimeout(() => {
      pending = 0;
      stats.refresh();
    }, Math.max(200, stats.state.at + 2000 - Date.now()));
  }
  return () => {
    act.stop();
    for (const stop of stops) stop();
    clearInterval(second);
    [...timers, pending].forEach(clearTimeout);
  };
}

const age = seconds => (seconds === null ? null : span(seconds));

function figure(name, value, more, none = "") {
  const text = h("p", { class: "figure" }, "…");
  const detail = h("p", { class: "detail" });
  const element = h("section", { class: "panel tile" }, h("h2", {}, name), text, detail);
  const update = (data, problem) => {
    const is = data ? value(data) : null;
    text.textContent = is ?? "–";
    replace(detail, problem ? h("span", { class: "trouble" }, symbol("bad"), problem.message) : is === null ? none : more(data));
  };
  return { element, update };
}
