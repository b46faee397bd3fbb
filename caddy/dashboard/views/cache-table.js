// The entries of the cache as a table: filtered, sorted, and their times going on by themselves.

import { h, replace } from "../lib/dom.js";
import { bytes, count, duration } from "../lib/format.js";
import { symbol } from "../lib/panel.js";

/** The columns: what they are called, what they are sorted by, and whether that is a number. */
const COLUMNS = {
  key: { title: "Entry", value: ({ key }) => key },
  status: { title: "Status", value: ({ status }) => status, isNumber: true },
  bytes: { title: "Size", value: ({ bytes }) => bytes, isNumber: true },
  age: { title: "Age", value: ({ age_s: age }) => age, isNumber: true },
  ttl: { title: "Time to live", value: ({ ttl_s: ttl }) => ttl, isNumber: true },
};

/**
 * The table.
 *
 * @param filter what a key must contain at first. @param sort by which column, with `-` before it for downwards.
 * @param onChange called with `{ filter, sort }` when the reader has chosen others.
 * @param onInvalidate called with the key of an entry.
 * @returns `{ element, update(data, at), tick() }`: `data` as the server tells it, and when it came, in milliseconds.
 */
export function entryTable({ filter, sort, onChange, onInvalidate }) {
  let text = filter;
  let isDown = sort.startsWith("-");
  let column = Object.hasOwn(COLUMNS, sort.replace(/^-/, "")) ? sort.replace(/^-/, "") : "key";
  let data = null, at = 0;
  /** The rows by their keys: they stay, so that the focus does. */
  const rows = new Map();

  const body = h("tbody");
  const heads = Object.entries(COLUMNS).map(([name, { title, isNumber }]) => {
    const button = h("button", { type: "button", class: "sort", onclick: () => {
      isDown = column === name ? !isDown : false;
      column = name;
      changed();
    } }, title, h("span", { class: "arrow", "aria-hidden": "true" }));
    return { name, button, cell: h("th", { scope: "col", class: isNumber && "number" }, button) };
  });
  const search = h("input", { type: "search", value: text, spellcheck: "false", autocomplete: "off", placeholder: "/pulls", oninput: () => {
    text = search.value;
    changed();
  } });
  const amount = h("p", { class: "quiet amount", role: "status" });
  const empty = h("p", { class: "quiet" });
  const scroll = h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Entries of the cache" },
    h("table", {},
      h("thead", {}, h("tr", {}, heads.map(({ cell }) => cell), h("th", { scope: "col" }, h("span", { class: "unseen" }, "Invalidate")))),
      body));
  const element = h("div", { class: "cache-entries" },
    h("div", { class: "bar" }, h("label", {}, "Filter", search), amount), empty, scroll);

  function changed() {
    onChange({ filter: text, sort: `${isDown ? "-" : ""}${column}` });
    show();
  }

  function show() {
    for (const { name, button, cell } of heads) {
      const order = name === column ? (isDown ? "descending" : "ascending") : "none";
      cell.setAttribute("aria-sort", order);
      button.lastChild.textContent = { ascending: " ▲", descending: " ▼", none: "" }[order];
    }
    if (!data) return;
    const wanted = text.trim().toLowerCase();
    const found = data.entries.filter(({ key }) => key.toLowerCase().includes(wanted));
    const { value } = COLUMNS[column];
    found.sort((one, other) => (isDown ? -1 : 1) * compare(value(one), value(other)) || compare(one.key, other.key));
    const known = new Set(data.entries.map(({ key }) => key));
    for (const key of rows.keys()) if (!known.has(key)) rows.delete(key);
    place(found.map(row));
    tick();
    scroll.hidden = found.length === 0;
    empty.hidden = found.length > 0;
    empty.textContent = data.entries.length === 0 ? "The cache is empty: it fills with what is asked for, or warm it."
      : "No entry has that in its key.";
    const all = data.dragonfly_entries > data.entries.length
      ? `the first ${count(data.entries.length, "entry", "entries")} by key, of ${count(data.dragonfly_entries, "entry", "entries")} in all`
      : count(data.entries.length, "entry", "entries");
    const shown = wanted === "" ? `${all[0].toUpperCase()}${all.slice(1)}.` : `${found.length} of ${all}.`;
    if (amount.textContent !== shown) amount.textContent = shown;
  }

  /** Puts the rows in their order, where it is another one: to move one takes the focus from it. */
  function place(wanted) {
    if (wanted.length === body.children.length && wanted.every((each, index) => each === body.children[index])) return;
    const focused = body.contains(document.activeElement) ? document.activeElement : null;
    const index = focused ? [...body.children].indexOf(focused.closest("tr")) : 0;
    replace(body, wanted);
    if (!focused) return;
    // Where its entry has gone, the next one has it.
    const next = body.contains(focused) ? focused : body.children[Math.min(index, wanted.length - 1)]?.querySelector("button");
    (next ?? search).focus({ preventScroll: true });
  }

  function row(entry) {
    if (!rows.has(entry.key)) {
      const cell = () => h("td", { class: "number" });
      const cells = { status: cell(), bytes: cell(), age: cell(), ttl: cell() };
      const made = h("tr", {}, h("th", { scope: "row" }, h("code", {}, entry.key)), Object.values(cells),
        h("td", { class: "number" }, h("button", {
          type: "button", "aria-label": `Invalidate ${entry.key} and what begins so`, title: "And what begins so",
          onclick: () => onInvalidate(entry.key),
        }, "Invalidate")));
      rows.set(entry.key, { made, cells, entry });
    }
    const found = rows.get(entry.key);
    found.entry = entry;
    const isBad = entry.status >= 400;
    replace(found.cells.status, isBad && symbol("warn"), String(entry.status));
    found.cells.bytes.textContent = bytes(entry.bytes);
    return found.made;
  }

  /** Lets the times go on. */
  function tick() {
    const passed = Math.max(0, (Date.now() - at) / 1000);
    for (const { made, cells, entry } of rows.values()) {
      if (!made.isConnected) continue;
      const left = entry.ttl_s - passed;
      set(cells.age, duration(Math.floor(entry.age_s + passed)));
      set(cells.ttl, left > 0 ? duration(Math.ceil(left)) : "run out");
    }
  }

  return {
    element, tick,
    update: (next, time) => {
      data = next;
      at = time;
      show();
    },
  };
}

const compare = (one, other) => (one < other ? -1 : one > other ? 1 : 0);

const set = (cell, text) => {
  if (cell.textContent !== text) cell.textContent = text;
};
