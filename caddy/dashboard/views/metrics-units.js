// How the metrics' figures are told, and that there are none.

import { number } from "../lib/format.js";

/** What to say without the store, which keeps what is counted. */
export const STORE_AWAY = { message: "The store is away: nothing new is known." };

/** Milliseconds, of a histogram of chimney's, which tells nothing beyond 2 s: `0.8 ms`, `47 ms`, `1.2 s`, `over 2 s`. */
export function time(milliseconds) {
  if (milliseconds === null) return "–";
  if (milliseconds >= 2000) return "over 2 s";
  if (milliseconds >= 1000) return `${number(milliseconds / 1000)} s`;
  return `${number(milliseconds < 10 ? milliseconds : Math.round(milliseconds))} ms`;
}

/** How many per second: `12/s`, `1.4/s`, `0.05/s`. */
export const perSecond = rate => `${rate > 0 && rate < 1 ? Number(rate.toPrecision(2)) : number(rate >= 10 ? Math.round(rate) : rate)}/s`;
