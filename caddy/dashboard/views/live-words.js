// What events say, in words.

import { h } from "../lib/dom.js";
import { count, duration, moment, short } from "../lib/format.js";
import { requestPlace } from "./live-line.js";

/** The types that this server is known to have, in the order in which they are offered. */
export const TYPES = [
  "deploy", "deployment", "queue", "webhook", "cache.invalidated", "cache.evicted", "github.down", "github.up",
  "github.rate_limited", "dragonfly.down", "dragonfly.up", "origin.down", "origin.up", "worker.crashed",
];

const word = value => String(value ?? "").replaceAll("_", " ");
const sha = value => h("code", { class: "sha" }, short(value));
const place = (name, id, text) => (id ? h("a", { href: `#/queue?${name}=${encodeURIComponent(id)}` }, text) : text);
const isTime = value => typeof value === "string" && !Number.isNaN(Date.parse(value));

const WORDS = {
  deploy: data => [
    data.outcome === "success" ? "good" : "bad",
    ["Deploy of ", data.service ? `${data.service} ` : "", sha(data.sha ?? "unknown"), ` ended with ${word(data.outcome)}`],
    [data.pr_title, data.slot && `slot ${data.slot}`, Number.isFinite(data.duration_s) && duration(data.duration_s)],
  ],
  deployment: data => [
    { succeeded: "good", running: "busy", waiting: "idle" }[data.state] ?? "bad",
    [place("run", data.id, "Deployment"), ` of ${data.service} on ${data.host}: ${word(data.state)}`],
    [data.phase && `phase ${word(data.phase)}`],
  ],
  queue: data => [
    { deployed: "good", in_progress: "busy", failed: "bad", rolled_back: "warn" }[data.status] ?? "idle",
    [place("id", data.id, `${data.name} ${data.version}`), ` is ${word(data.status)}`, data.stuck && ", and has been for too long"],
    [data.organisation && `organisation ${data.organisation}`],
  ],
  webhook: data => [
    "none", [`GitHub tells of ${word(data.event)}`, data.action && `: ${word(data.action)}`], [data.repository],
  ],
  "cache.invalidated": data => [
    "none",
    [count(data.deleted ?? 0, "cached answer"), data.prefix ? [" below ", h("code", {}, data.prefix)] : "", " invalidated"],
    [data.reason],
  ],
  "cache.evicted": data => ["none", ["The cache has dropped ", h("code", {}, data.key)], []],
  "github.down": () => ["bad", ["GitHub does not answer, and is left alone for a moment"], []],
  "github.up": () => ["good", ["GitHub answers again"], []],
  "github.rate_limited": data => [
    "warn", ["GitHub's quota is used up"], [isTime(data.reset) && `until ${moment(data.reset)}`],
  ],
  "dragonfly.down": data => ["bad", [`The store cannot be reached from ${data.host}`], []],
  "dragonfly.up": data => ["good", [`The store can be reached from ${data.host} again`], []],
  "origin.down": data => ["bad", [`${data.origin} is down`], []],
  "origin.up": data => ["good", [`${data.origin} is up again`], []],
  "worker.crashed": data => [
    "bad",
    [`A worker on ${data.host} has crashed`, data.signal && ` (${data.signal})`],
    [data.route && `at ${data.route}`,
      data.request_id && h("a", { href: requestPlace(data.request_id) }, `request ${String(data.request_id).slice(0, 8)}`)],
  ],
};

/** What an event says: `{ kind, main, details }`, with the kind of its sign, and its parts as children of an element. */
export function describe({ type, data }) {
  const told = Object.hasOwn(WORDS, type) ? WORDS[type](data ?? {}) : ["none", [type], others(data)];
  const [kind, main, details] = told;
  return { kind, main, details: details.filter(Boolean) };
}

/** The data of an event whose type is not known here. */
function others(data) {
  if (typeof data !== "object" || data === null) return [];
  return Object.entries(data).slice(0, 12).map(([name, value]) => {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return `${name} ${text.length > 200 ? `${text.slice(0, 200)}…` : text}`;
  });
}
