// How times, sizes and numbers are told.

import { h } from "./dom.js";

/** By how many milliseconds the server's clock is ahead of this one's: a wall screen's may be wrong by hours. */
let ahead = 0;

/** Learns the server's time from an answer's `Date`, which has whole seconds. */
export function learnTime(date) {
  const difference = Date.parse(date) - Date.now();
  if (Number.isFinite(difference)) ahead = Math.abs(difference) < 2000 ? 0 : difference;
}

/** The server's time in milliseconds. */
export const now = () => Date.now() + ahead;

/** Seconds in words, as short as it can be told: `45 s`, `12 min`, `3 h`, `6 days`. */
export function span(seconds) {
  const s = Math.max(0, seconds);
  if (s < 60) return `${Math.floor(s)} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 48 * 3600) return `${Math.floor(s / 3600)} h`;
  if (s < 60 * 86400) return `${Math.floor(s / 86400)} days`;
  return `${Math.floor(s / (30.4 * 86400))} months`;
}

/** How long something took, to the second: `47 s`, `1 min 53 s`, `2 h 5 min`. */
export function duration(seconds) {
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return s % 60 === 0 ? `${s / 60} min` : `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}

const told = time => {
  const seconds = (now() - Date.parse(time)) / 1000;
  return seconds < 1 ? "just now" : `${span(seconds)} ago`;
};

/** A time as `3 h ago`, which goes on counting by itself; the time itself shows when it is pointed at. */
export function ago(time, attributes) {
  if (typeof time !== "string" || Number.isNaN(Date.parse(time))) return h("span", attributes, "at an unknown time");
  return h("time", { datetime: time, title: moment(time), "data-ago": true, ...attributes }, told(time));
}

setInterval(() => {
  for (const element of document.querySelectorAll("time[data-ago]")) {
    const text = told(element.dateTime);
    if (element.textContent !== text) element.textContent = text;
  }
}, 1000);

const long = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "long" });
const clockTime = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** A time in full, of this machine's zone. */
export const moment = time => long.format(new Date(time));

/** Hours, minutes and seconds, of this machine's zone. */
export const clock = time => clockTime.format(new Date(time));

const numbers = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 1 });

/** A number: `12,345.6`. */
export const number = value => numbers.format(value);

/** A share of a hundred: `91.7 %`. */
export const percent = value => `${numbers.format(value)} %`;

/** Bytes: `1.6 MB`. */
export function bytes(count) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${numbers.format(value)} ${units[unit]}`;
}

/** `1 run`, `3 runs`. */
export const count = (value, one, many = `${one}s`) => `${numbers.format(value)} ${value === 1 ? one : many}`;

/** A commit's name, as short as git shows it. */
export const short = sha => String(sha).slice(0, 7);
