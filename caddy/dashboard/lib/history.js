// What the metrics were for the last half an hour, kept in the page: the server tells only how they are now.

import { difference } from "./histogram.js";
import { parse } from "./prometheus.js";
import { resource } from "./resource.js";

/** Seconds between two samples. */
const PERIOD = 5;
/** Seconds for which they are kept, and how many of them at most. */
export const KEPT = 1800;
const LIMIT = KEPT / PERIOD + 1;
/** Seconds between two samples from which on nothing is known of what was between them. */
const GAP = 3.5 * PERIOD;

/** The metrics as they are now, for all who want them. */
export const metrics = resource("/api/metrics", PERIOD, parse);

/**
 * The steps, oldest first: `{ from, at, counted, gauges }`. `at` is the time of a sample, `from` that of the one before, both in
 * milliseconds, or null where that is too long ago. `counted` is what has happened between them (see `between` below), and null where that is not known:
 * after a gap, while the store is away, or where the counters have begun anew.
 */
const steps = [];
let last = null;
let isBegun = false;

/** Begins to take samples. They are taken as long as the page is open and can be seen. */
export function begin() {
  if (isBegun) return;
  isBegun = true;
  let taken = 0;
  metrics.watch(({ data, at }) => {
    if (at === taken || !data) return;
    taken = at;
    add(data, at);
  });
}

/** The steps of the last so many seconds before a time in milliseconds. */
export const since = (seconds, time) => steps.filter(({ at }) => at > time - seconds * 1000 && at <= time);

/** How many steps there are. */
export const size = () => steps.length;

/**
 * Adds a sample.
 *
 * @param samples what `parse` returns.
 * @param at when it was taken, in milliseconds.
 */
export function add(samples, at) {
  const now = { at, counters: counters(samples) };
  // The clock has been set back: what was later than now cannot be shown before it.
  if (last && at <= last.at) steps.length = 0;
  const follows = last && at > last.at && at - last.at <= GAP * 1000;
  steps.push({
    from: follows ? last.at : null, at, gauges: gauges(samples),
    counted: follows && now.counters && last.counters ? between(now.counters, last.counters, (at - last.at) / 1000) : null,
  });
  last = now;
  const first = steps.findIndex(step => step.at > at - KEPT * 1000);
  steps.splice(0, Math.max(first, steps.length - LIMIT));
}

/** What a sample says of states. What it does not say is null. */
function gauges(samples) {
  const value = name => samples.get(name)?.[0].value ?? null;
  const workers = samples.get("chimney_workers")?.filter(({ labels }) => labels.state !== "free") ?? [];
  const busy = workers.filter(({ labels }) => ["reading", "handling", "writing"].includes(labels.state));
  const total = list => list.reduce((sum, { value }) => sum + value, 0);
  return {
    hasStore: value("chimney_dragonfly_connected") === 1,
    remaining: value("chimney_github_rate_limit_remaining"),
    reset: value("chimney_github_rate_limit_reset"),
    workers: workers.length > 0 ? total(workers) : null,
    busy: workers.length > 0 ? total(busy) : null,
  };
}

/** What a sample says of all that was counted ever; null without the store, which keeps the counts. */
function counters(samples) {
  if (!samples.has("chimney_cache_misses_total")) return null;
  const routes = new Map();
  for (const { labels, value } of samples.get("chimney_requests_total") ?? []) {
    if (!routes.has(labels.route)) routes.set(labels.route, { classes: {}, latency: null });
    routes.get(labels.route).classes[labels.status_class] = value;
  }
  for (const [route, latency] of histograms(samples, "chimney_request_duration_ms", "route")) {
    if (routes.has(route)) routes.get(route).latency = latency;
  }
  const sum = name => (samples.get(name) ?? []).reduce((total, { value }) => total + value, 0);
  return {
    routes,
    wait: histograms(samples, "chimney_queue_wait_ms", "").get("") ?? null,
    hits: sum("chimney_cache_hits_total"), misses: sum("chimney_cache_misses_total"),
  };
}

/** Histograms, by a label. */
function histograms(samples, name, label) {
  const found = new Map();
  for (const { labels, value } of samples.get(`${name}_bucket`) ?? []) {
    const key = labels[label] ?? "";
    if (!found.has(key)) found.set(key, []);
    found.get(key).push([labels.le === "+Inf" ? Infinity : Number(labels.le), value]);
  }
  for (const [key, buckets] of found) {
    buckets.sort(([one], [other]) => one - other);
    found.set(key, { bounds: shared(buckets.map(([bound]) => bound)), counts: buckets.map(([, count]) => count) });
  }
  return found;
}

let sharedBounds = [];

/** The same list for the same bounds, as there are many histograms. */
function shared(bounds) {
  if (bounds.join() !== sharedBounds.join()) sharedBounds = bounds;
  return sharedBounds;
}

/**
 * What has happened between two samples: `{ seconds, routes, wait, hits, misses }`, `routes` of those that were asked for by
 * their names: `{ classes, latency }`. Null where something counts less than before: all began anew.
 */
function between(later, earlier, seconds) {
  const result = {
    seconds, routes: new Map(), wait: later.wait && difference(later.wait, earlier.wait),
    hits: later.hits - earlier.hits, misses: later.misses - earlier.misses,
  };
  if (result.hits < 0 || result.misses < 0 || (later.wait && !result.wait)) return null;
  for (const route of earlier.routes.keys()) if (!later.routes.has(route)) return null;
  for (const [route, { classes, latency }] of later.routes) {
    const before = earlier.routes.get(route);
    const counts = {};
    for (const [name, value] of Object.entries(classes)) {
      const more = value - (before?.classes[name] ?? 0);
      if (more < 0) return null;
      if (more > 0) counts[name] = more;
    }
    const times = latency && difference(latency, before?.latency);
    if (latency && !times) return null;
    if (Object.keys(counts).length > 0 || times?.counts.at(-1) > 0) result.routes.set(route, { classes: counts, latency: times });
  }
  return result;
}
