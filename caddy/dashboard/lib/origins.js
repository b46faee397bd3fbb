// How an origin is, as far as its checks tell.

import { now } from "./format.js";

/** Seconds after which a check is no news any more, where checks are not that far apart. */
const OLD = 120;

/**
 * How an origin is: `{ kind, word, isOld, failure }`. `kind` is `good`, `bad`, or `none` for one of which nothing is known,
 * `isOld` whether that is because nobody has looked for a while, and `failure` the newest check that failed, if one did.
 */
export function stateOf({ up, last_check: last, recent = [] }) {
  const failure = recent.find(check => !check.up);
  if (!last) return { kind: "none", word: "not checked yet", isOld: false, failure };
  const apart = recent.length > 1 ? (Date.parse(recent[0].time) - Date.parse(recent[1].time)) / 1000 : 0;
  const isOld = (now() - Date.parse(last)) / 1000 > Math.max(OLD, 4 * apart);
  if (isOld) return { kind: "none", word: "not checked any more", isOld, failure };
  if (up === null) return { kind: "none", word: "not known yet", isOld, failure };
  return { kind: up ? "good" : "bad", word: up ? "up" : "down", isOld, failure };
}
