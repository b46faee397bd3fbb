// The server's events as they come, newest first.

import { h, replace } from "../lib/dom.js";
import * as events from "../lib/events.js";
import { ago } from "../lib/format.js";
import { symbol, trouble } from "../lib/panel.js";
import { resource } from "../lib/resource.js";
import { describe, TYPES } from "./live-words.js";

/** Rows that the page has at most. */
const ROWS = 100;
/** Types that are offered at most: there are not so many, unless somebody makes them up. */
const MOST_TYPES = 50;

/**
 * The panel of events.
 *
 * @param type which ones; empty for all.
 * @param onType called with the type that was chosen.
 * @returns `{ element, stop }`
 */
export function happenings({ type, onType }) {
  const list = h("ol", { class: "rows compact" });
  const scroll = h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Events, newest first" }, list);
  const words = h("p", { class: "quiet" }, "Loading …");
  const note = h("p", { class: "panel-note", role: "status", hidden: true });
  const choice = h("select", { onchange: () => {
    choose(choice.value);
    onType(type);
  } });
  const element = h("section", { class: "panel happenings", "aria-labelledby": "live-events" },
    h("div", { class: "panel-head" }, h("h2", { id: "live-events" }, "Events"), h("label", {}, "Type", choice)),
    words, scroll, note);

  /** `{ event, item }`, newest first; what has no id yet stands above all that has. */
  let rows = [];
  let waiting = [];
  let frame = 0;
  let source = null;
  let unwatch = () => {};
  const types = new Set(TYPES);

  const offer = () => replace(choice,
    h("option", { value: "" }, "all"), [...types].map(each => h("option", { value: each, selected: each === type }, each)));

  const choose = wanted => {
    type = wanted;
    if (type !== "") know(type);
    choice.value = type;
    rows = [];
    waiting = [];
    replace(list);
    say("Loading …");
    unwatch();
    source = resource(`/api/events/recent?limit=50${type === "" ? "" : `&type=${encodeURIComponent(type)}`}`, 60);
    unwatch = source.watch(({ data, problem }) => {
      note.hidden = !(problem && data);
      replace(note, problem?.message ?? "");
      if (data) take(data.events ?? []);
      else if (problem) replace(words, trouble(problem));
    });
  };

  const say = text => {
    words.hidden = rows.length > 0;
    replace(words, text);
  };

  const know = each => {
    if (types.has(each) || types.size >= MOST_TYPES || typeof each !== "string") return;
    types.add(each);
    offer();
    choice.value = type;
  };

  /** Takes events over, oldest first. */
  const take = more => {
    waiting.push(...more.filter(event => event?.gap || typeof event?.type === "string"));
    if (waiting.length > 2 * ROWS) waiting = waiting.slice(-2 * ROWS);
    frame ||= requestAnimationFrame(draw);
  };

  const draw = () => {
    frame = 0;
    const before = rows[0]?.item;
    const place = before?.offsetTop ?? 0;
    for (const event of waiting) insert(event);
    waiting = [];
    for (const { item } of rows.splice(ROWS)) item.remove();
    rows.forEach(({ item }, index) => {
      if (list.children[index] !== item) list.insertBefore(item, list.children[index] ?? null);
    });
    // Who has scrolled away from the newest stays where that is.
    if (scroll.scrollTop > 0 && before?.isConnected) scroll.scrollTop += before.offsetTop - place;
    say(type === "" ? "Nothing has happened yet." : "Nothing of that type has happened lately.");
  };

  const insert = event => {
    if (event.gap) return put({ event, item: h("li", { class: "row gap" }, event.gap) }, 0);
    know(event.type);
    if (type !== "" && event.type !== type) return;
    const isRecorded = Number.isFinite(event.id);
    const at = isRecorded ? rows.findIndex(each => Number.isFinite(each.event.id) && each.event.id <= event.id) : 0;
    if (at >= 0 && isRecorded && rows[at]?.event.id === event.id) return;
    if (isRecorded) settle(event);
    put({ event, item: row(event) }, at < 0 ? rows.length : Math.min(at, rows.length));
  };

  const put = (each, at) => rows.splice(at, 0, each);

  /** What was told at once comes again when it is recorded: then it stands there once. */
  const settle = event => {
    const isSame = each => each.event.id === null && each.event.type === event.type && each.event.data?.host === event.data?.host;
    for (const { item } of rows.filter(isSame)) item.remove();
    rows = rows.filter(each => !isSame(each));
  };

  offer();
  choose(type);
  const stops = [
    events.on("*", event => take([event])),
    events.on("gap", () => {
      take([{ gap: "Some events are missing here: they came while this page was not connected, and are no longer kept." }]);
      source.refresh();
    }),
  ];
  const stop = () => {
    unwatch();
    cancelAnimationFrame(frame);
    for (const each of stops) each();
  };
  return { element, stop };
}

function row(event) {
  const { kind, main, details } = describe(event);
  return h("li", { class: "row", "data-event": event.id },
    h("p", { class: "main" }, symbol(kind), h("span", { class: "what" }, main), ago(event.time)),
    h("p", { class: "detail" }, h("span", { class: "type" }, event.type), details.map(text => h("span", {}, text))));
}
