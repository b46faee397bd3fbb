// A line of the log: what of it is seen at once, what can be opened, and what a search finds in it.

import { h, link } from "../lib/dom.js";
import { bytes, clock, moment, number } from "../lib/format.js";

/** The levels, least grave first. */
export const LEVELS = ["trace", "debug", "info", "notice", "warning", "error", "critical"];

/** How grave a level is; one that is not known is shown whatever is left out. */
export const rank = level => (LEVELS.includes(level) ? LEVELS.indexOf(level) : LEVELS.length);

/** Characters of a line that its row shows: all of it is there once it is opened. */
const LONGEST = 400;
/** What has a place of its own in a row, or is told by the others. */
const TOLD = new Set([
  "id", "time", "level", "msg", "logger", "method", "route", "path", "status", "latency_ms", "request_id", "trace_id", "span_id",
  "parent_span_id",
]);

/** Where traces are to be seen, with `{trace_id}` in the id's place; empty where the server names no such place. */
const traces = document.querySelector("meta[name=trace-url]")?.content.trim() ?? "";

const isRequest = line => typeof line.method === "string" && line.status !== undefined;
const plain = value => (typeof value === "string" ? value : JSON.stringify(value));
const cut = text => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);

/** A line's time, to the millisecond: `10:13:00.123`. */
function time(line) {
  if (typeof line.time !== "string" || Number.isNaN(Date.parse(line.time))) return "no time";
  const fraction = /\.(\d{3})/.exec(line.time)?.[1];
  return fraction ? `${clock(line.time)}.${fraction}` : clock(line.time);
}

const milliseconds = value => (Number.isFinite(value) ? `${number(value)} ms` : "");

/** The further fields of a message, in short. */
function rest(line) {
  const fields = Object.entries(line).filter(([name, value]) => !TOLD.has(name) && value !== null && value !== "");
  return fields.map(([name, value]) => `${name}=${plain(value)}`).join(" ");
}

/** What a search looks through, in lower case: the line as it is seen, and all of its fields. */
function searched(line) {
  const seen = isRequest(line)
    ? [line.method, line.route ?? "", line.path ?? "", line.status, milliseconds(line.latency_ms)] : [line.msg];
  const fields = Object.entries(line).map(([name, value]) => `${name}=${plain(value)}`);
  return [time(line), line.level, ...seen, ...fields].join(" ").toLowerCase();
}

/**
 * What a search finds: a function of a line. All words have to be in it, and none of those that begin with a `-`, wherever they
 * stand.
 */
export function search(text) {
  const words = text.toLowerCase().split(/\s+/).filter(word => word !== "" && word !== "-");
  const wanted = words.filter(word => !word.startsWith("-"));
  const unwanted = words.filter(word => word.startsWith("-")).map(word => word.slice(1));
  return line => {
    if (words.length === 0) return true;
    const all = searched(line);
    return wanted.every(word => all.includes(word)) && !unwanted.some(word => all.includes(word));
  };
}

/** Where the view shows one request alone. */
export const requestPlace = id => `#/live?${new URLSearchParams({ request_id: id })}`;

/** The attributes keep the links of closed rows out of the way of the tabulator: it would have to pass hundreds of them. */
function requestLink(id, text, attributes) {
  return h("a", { href: requestPlace(id), class: "request", "data-request": id, title: `Only request ${id}`, ...attributes }, text);
}

/** A link to a trace; null where the server does not say where traces are, or says what is no address of the web. */
function traceLink(id, text, attributes) {
  if (!traces.includes("{trace_id}")) return null;
  const found = link(traces.replaceAll("{trace_id}", () => encodeURIComponent(id.toWellFormed())), text, {
    class: "trace", title: `Trace ${id}`, ...attributes,
  });
  return found.localName === "a" ? found : null;
}

const isID = value => typeof value === "string" && value !== "";

/** A row of the log, closed. */
export function row(line) {
  if (line.gap) return h("li", { class: "line gap" }, h("span", { class: "text" }, line.gap));
  const level = LEVELS.includes(line.level) ? line.level : "other";
  const away = { tabindex: "-1" };
  return h("li", { class: `line ${level}`, "data-line": line.id }, h("div", { class: "line-main" },
    h("button", { type: "button", class: "open", "aria-expanded": "false", "aria-label": `${time(line)}, all fields`, ...away }, time(line)),
    h("span", { class: "level" }, line.level ?? "no level"),
    isRequest(line) ? request(line) : message(line),
    h("span", { class: "links" },
      isID(line.request_id) && requestLink(line.request_id, line.request_id.slice(0, 8), away),
      isID(line.trace_id) && traceLink(line.trace_id, "trace", away))));
}

function request(line) {
  const kind = line.status >= 500 ? "bad" : line.status >= 400 ? "warn" : "";
  const main = line.route ?? line.path ?? "";
  const path = line.path !== main && line.path;
  return [
    h("span", { class: "text" },
      h("span", { class: "method" }, line.method), " ", cut(plain(main)),
      path && h("span", { class: "quiet" }, " ", cut(plain(path))),
      line.error && h("span", { class: "bad" }, " ", cut(plain(line.error)))),
    h("span", { class: `status ${kind}` }, plain(line.status)),
    h("span", { class: "latency" }, milliseconds(line.latency_ms)),
  ];
}

function message(line) {
  return h("span", { class: "text" }, cut(plain(line.msg ?? "")), " ", h("span", { class: "quiet" }, cut(rest(line))));
}

/** All fields of a line. */
export function fields(line) {
  return h("dl", { class: "fields" }, Object.entries(line).filter(([, value]) => value !== null && value !== "").map(([name, value]) =>
    h("div", {}, h("dt", {}, name), h("dd", {}, field(name, value)))));
}

function field(name, value) {
  if (name === "time" && typeof value === "string" && !Number.isNaN(Date.parse(value))) return [value, h("span", { class: "quiet" }, ` ${moment(value)}`)];
  if (name === "request_id" && isID(value)) return requestLink(value, value);
  if (name === "trace_id" && isID(value)) return traceLink(value, value) ?? value;
  if (name === "bytes" && Number.isFinite(value)) return value < 1000 ? plain(value) : `${value} (${bytes(value)})`;
  if (Array.isArray(value)) return h("pre", {}, value.map(plain).join("\n"));
  return typeof value === "object" ? h("pre", {}, JSON.stringify(value, null, 2)) : plain(value);
}
