// The metrics, as they are and as they were for as long as this page has been open.

import { h, replace } from "../lib/dom.js";
import { clock, now, number, percent, span as words } from "../lib/format.js";
import * as history from "../lib/history.js";
import { failedShare, hitShare, merge, milliseconds, parts, rate, refusedShare } from "../lib/measures.js";
import { errors, latencies } from "./metrics-routes.js";
import { tile } from "./metrics-tile.js";
import { perSecond, time } from "./metrics-units.js";

/** Minutes that can be chosen. */
const SPANS = [5, 15, 30];
/** Seconds that the figures are of. */
const RECENT = 60;

/** Shows them. Of the parameters, `span` is how many minutes are shown. */
export function mount(root, parameters) {
  history.begin();
  let minutes = SPANS.find(each => String(each) === parameters?.get("span")) ?? SPANS[0];
  const all = [...tiles(), errors(), latencies()];
  const buttons = SPANS.map(each => h("button", {
    type: "button", onclick: () => {
      minutes = each;
      window.history.replaceState(null, "", `#/metrics?span=${each}`);
      show();
    },
  }, `${each} min`));
  const note = h("p", { class: "quiet" });

  const show = () => {
    buttons.forEach((button, index) => button.setAttribute("aria-pressed", String(SPANS[index] === minutes)));
    const to = Date.now();
    const steps = history.since(minutes * 60, to);
    const { problem } = history.metrics.state;
    // As long as there is less than was asked for, that fills the charts.
    const seconds = Math.min(minutes * 60, Math.max(RECENT, (to - (steps[0]?.at ?? to)) / 1000));
    const width = SPANS.find(each => seconds <= each * 60) ?? minutes;
    const state = {
      from: to - seconds * 1000, to, words: `${Math.round(seconds / 60)} min`, problem,
      recent: merge(history.since(RECENT, to)), all: merge(steps), parts: parts(steps, width * 60),
      isStoreAway: steps.at(-1)?.gauges.hasStore === false, hasBegun: steps.some(({ counted }) => counted),
    };
    for (const { update } of all) update(state);
    replace(note, kept(history.since(history.KEPT, to), to));
  };

  replace(
    root,
    h("div", { class: "bar spans" },
      h("div", { class: "bar", role: "group", "aria-label": "How far back the charts go" }, buttons), note),
    h("div", { class: "measures" }, all.slice(0, -2).map(({ element }) => element)),
    h("div", { class: "by-route" }, all.slice(-2).map(({ element }) => element)),
    h("p", { class: "quiet" },
      "Large figures are of the last minute. All is counted over all workers and hosts, the requests of this page included: ",
      "it asks for /api/metrics every 5 s, and for some more."));
  const stop = history.metrics.watch(show);
  show();
  return stop;
}

/** Since when there are samples. */
function kept(steps, to) {
  if (steps.length === 0) return "Samples are kept as long as this page is open, for half an hour.";
  return `Samples since ${clock(steps[0].at)} (${words((to - steps[0].at) / 1000)}), kept in this page for half an hour.`;
}

function tiles() {
  const quantiles = name => [["p50", 0.5], ["p95", 0.95]].map(
    ([label, share]) => ({ name: label, value: part => milliseconds(part, name, share), format: time }));
  const quiet = "Nobody has asked for anything in the last minute.";
  return [
    tile({
      name: "Requests", lines: [{ value: rate, format: perSecond }], nothing: quiet,
      more: ({ requests }) => `${number(requests)} in the last minute`,
    }),
    tile({
      name: "Errors", nothing: quiet, top: () => 1,
      lines: [
        { name: "failed (5xx)", value: failedShare, format: percent }, { name: "refused (4xx)", value: refusedShare, format: percent }],
      more: ({ failed, refused, requests }) => `${number(failed)} and ${number(refused)} of ${number(requests)} requests`,
    }),
    tile({ name: "Latency", lines: quantiles("latency"), nothing: quiet, more: () => "from accepting a request to its answer" }),
    tile({ name: "Wait for a worker", lines: quantiles("wait"), nothing: quiet, more: () => "before a request was accepted" }),
    tile({
      name: "Cache hit rate", lines: [{ value: hitShare, format: percent }], top: () => 100,
      nothing: "Nobody has asked the cache in the last minute.",
      more: ({ hits, misses }) => `${number(hits)} of ${number(hits + misses)} that asked for something of GitHub`,
    }),
    tile({
      name: "GitHub quota left", lines: [{ value: part => part.gauges?.remaining ?? null, format: number }],
      nothing: "Not known before GitHub's first answer.", more: ({ gauges }) => reset(gauges.reset),
    }),
    tile({
      name: "Busy workers", ofStore: false, top: ({ gauges }) => gauges?.workers,
      lines: [{ value: part => part.gauges?.busy ?? null, format: number }], nothing: "Not known yet.",
      more: ({ gauges }) => `at most, of ${number(gauges.workers)}; one answers this page`,
    }),
  ];
}

/** When the quota is full again. */
function reset(seconds) {
  if (seconds === null) return "requests";
  const left = seconds - now() / 1000;
  return left <= 0 ? "requests, full again by now" : `requests, full again at ${clock(seconds * 1000)}, in ${words(left)}`;
}
