// Figures made of the history of the metrics.

import { quantile, sum } from "./histogram.js";

/**
 * All that has happened in some steps of the history: `{ seconds, at, isJoined, requests, failed, refused, latency, wait, hits,
 * misses, routes, gauges }`. `seconds` is how much of that time is known, `routes` has the same four of requests for each
 * route, and `gauges` is what was last, but for `busy`, which is the most. `isJoined` is whether nothing is unknown between
 * the step before and these.
 */
export function merge(steps, before) {
  const all = {
    seconds: 0, at: steps.at(-1)?.at ?? 0, isJoined: steps.length > 0 && steps[0].from === before?.at && before !== undefined,
    ...tally(), wait: null, hits: 0, misses: 0, routes: new Map(), gauges: null,
  };
  for (const { counted, gauges } of steps) {
    const busy = Math.max(gauges.busy ?? 0, all.gauges?.busy ?? 0);
    all.gauges = { ...gauges, busy: gauges.busy === null ? null : busy };
    if (!counted) continue;
    all.seconds += counted.seconds;
    all.hits += counted.hits;
    all.misses += counted.misses;
    all.wait = sum(all.wait, counted.wait);
    for (const [route, { classes, latency }] of counted.routes) {
      if (!all.routes.has(route)) all.routes.set(route, tally());
      for (const each of [all, all.routes.get(route)]) {
        each.requests += Object.values(classes).reduce((total, count) => total + count, 0);
        each.failed += classes["5xx"] ?? 0;
        each.refused += classes["4xx"] ?? 0;
        each.latency = sum(each.latency, latency);
      }
    }
  }
  return all;
}

const tally = () => ({ requests: 0, failed: 0, refused: 0, latency: null });

/**
 * The steps in as many parts of the same length as a line has points, each merged. Parts begin at the same moments always, so
 * that what is past does not change.
 */
export function parts(steps, seconds, count = 60) {
  const width = (seconds / count) * 1000;
  const found = [];
  let place = null, first = 0;
  const close = end => {
    if (end > first) found.push(merge(steps.slice(first, end), steps[first - 1]));
  };
  steps.forEach(({ at }, index) => {
    const mine = Math.floor(at / width);
    if (mine === place) return;
    close(index);
    place = mine;
    first = index;
  });
  close(steps.length);
  return found;
}

/** Requests per second; null where it is not known. */
export const rate = ({ requests, seconds }) => (seconds > 0 ? requests / seconds : null);

const share = (some, all) => (all > 0 ? (some * 100) / all : null);

/** How many of a hundred requests were answered 5xx, or 4xx; null where there were none. */
export const failedShare = ({ failed, requests }) => share(failed, requests);
export const refusedShare = ({ refused, requests }) => share(refused, requests);

/** How many of a hundred requests of the cache it had the answer to. */
export const hitShare = ({ hits, misses }) => share(hits, hits + misses);

/** Milliseconds that a share of the requests did not exceed, in their `latency`, or their `wait` for a worker. */
export const milliseconds = (part, name, share) => (part[name] ? quantile(share, part[name]) : null);
