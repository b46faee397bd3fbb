// A list of which each entry opens to all that is known of it.

import { h, replace } from "../lib/dom.js";

/**
 * Such a list.
 *
 * @param label its name.
 * @param summary makes the nodes of an entry's line, of an item that has an `id`.
 * @param detail called with the place for the rest and the item where an entry is opened; returns `{ update(item), stop() }`.
 * @param opensOne whether an entry that is opened closes the one before: each may hold a connection, of which a browser has few.
 * @returns `{ element, show(items), stop() }`: `show` keeps whatever has not changed, so that the focus and a reader's
 *   place stay.
 */
export function rows({ label, summary, detail, opensOne = false }) {
  const element = h("ol", { class: "entries", "aria-label": label });
  const shown = new Map();

  const make = item => {
    const button = h("button", { type: "button", class: "opening entry", "aria-expanded": "false", "data-id": item.id });
    const place = h("div", { class: "opened entry-detail", hidden: true });
    const row = { element: h("li", {}, button, place), button, place, text: "", open: null };
    button.addEventListener("click", () => toggle(row));
    return row;
  };

  const toggle = row => {
    const opens = row.open === null;
    if (opens && opensOne) [...shown.values()].filter(({ open }) => open).forEach(toggle);
    row.button.setAttribute("aria-expanded", String(opens));
    row.place.hidden = !opens;
    if (opens) {
      row.open = detail(row.place, row.item);
    } else {
      row.open.stop();
      row.open = null;
      replace(row.place);
    }
  };

  return {
    element,
    show: items => {
      const ids = new Set(items.map(({ id }) => id));
      for (const [id, row] of shown) {
        if (ids.has(id)) continue;
        row.open?.stop();
        row.element.remove();
        shown.delete(id);
      }
      items.forEach((item, index) => {
        const row = shown.get(item.id) ?? make(item);
        shown.set(item.id, row);
        const text = JSON.stringify(item);
        if (text !== row.text) {
          Object.assign(row, { item, text });
          replace(row.button, summary(item));
          row.open?.update(item);
        }
        if (element.children[index] !== row.element) element.insertBefore(row.element, element.children[index] ?? null);
      });
    },
    stop: () => {
      for (const row of shown.values()) row.open?.stop();
      shown.clear();
    },
  };
}

/** Facts as names and values; what is null or empty is left out, or named at the end after the words for it. */
export function facts(pairs, missing = "") {
  const isGiven = ([, value]) => value !== null && value !== undefined && value !== "" && value !== false;
  const absent = pairs.filter(pair => !isGiven(pair)).map(([name]) => name);
  return [
    h("dl", { class: "facts" }, pairs.filter(isGiven).map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))),
    missing && absent.length > 0 && h("p", { class: "quiet absent" }, `${missing}: ${absent.join(", ")}.`),
  ];
}
