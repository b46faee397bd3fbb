// The end of a log: the newest lines that fit a filter, as rows that come and go.

import { h, replace } from "../lib/dom.js";
import { fields, row } from "./live-line.js";

/** Rows that the page has at most. */
export const ROWS = 400;
/** Lines that are kept for another filter: the 1,000 of the server's ring, and what is missing before them. */
const KEPT = 1200;
/** Pixels from the end that still count as the end. */
const NEAR = 24;

/**
 * Lines in a place of their own that scrolls. It stays at the newest line for as long as the reader is there.
 *
 * @param onChange called with `{ waiting, below }` where it may have changed: how many lines have come since `pause(true)`, and how
 *   many below the reader's place, null for a reader who is at the end.
 * @param onRequest called with the id where a request's link is followed.
 * @returns `{ element, add, fit, pause, clear, toEnd, stop }`
 */
export function tail({ onChange, onRequest }) {
  const list = h("ol", { class: "lines" });
  const words = h("p", { class: "quiet empty" }, "No line yet.");
  const element = h("div", {
    class: "tail", tabindex: "0", role: "region", "aria-label": "Lines: the arrow keys go from one to the next, enter opens it",
  }, words, list);

  /** By id, oldest first. */
  let kept = [];
  /** `{ line, item }` as they stand on the page. */
  let rows = [];
  /** What is to be shown, and how many that were: more of them may have come than there are rows. */
  let waiting = [];
  let came = 0;
  let below = null;
  let match = () => true;
  let isPaused = false;
  /** The newest id that is shown during a pause. */
  let border = Infinity;
  let isStale = false;
  let frame = 0;

  const schedule = () => (frame ||= requestAnimationFrame(draw));
  const isAtEnd = () => element.scrollTop + element.clientHeight >= element.scrollHeight - NEAR;
  const tell = () => onChange({ waiting: isPaused ? came : 0, below });

  // MARK: lines

  /** Takes lines over, each of them once. */
  const add = lines => {
    for (const line of lines) take(line);
    // Once for each frame; but a page that nobody sees has none.
    if (kept.length >= 2 * KEPT || waiting.length >= 2 * ROWS) trim();
    if (isStale || waiting.length > 0) schedule();
  };

  const trim = () => {
    if (kept.length > KEPT) kept = kept.slice(-KEPT);
    if (waiting.length > ROWS) waiting = waiting.slice(-ROWS);
  };

  const take = line => {
    let at = kept.length;
    while (at > 0 && kept[at - 1].id >= line.id) at -= 1;
    if (kept[at]?.id === line.id || (at === 0 && kept.length >= KEPT)) return;
    if (at < kept.length) {
      kept.splice(at, 0, line);
      isStale = true;
      return;
    }
    kept.push(line);
    if (!match(line)) return;
    waiting.push(line);
    if (!line.gap) came += 1;
  };

  /** Says what is missing after the newest line. */
  const gap = text => add([{ id: (kept.at(-1)?.id ?? 0) + 0.5, gap: text }]);

  /** Shows what fits from now on; a gap does everywhere. */
  const fit = test => {
    match = line => Boolean(line.gap) || test(line);
    isStale = true;
    schedule();
  };

  const pause = isWanted => {
    if (isWanted && !isPaused) draw();
    isPaused = isWanted;
    border = isWanted ? (kept.at(-1)?.id ?? 0) : Infinity;
    came = 0;
    if (!isWanted) schedule();
    tell();
  };

  /** Forgets all lines, and begins again. */
  const clear = () => {
    kept = [];
    rows = [];
    waiting = [];
    isStale = true;
    pause(false);
  };

  // MARK: rows

  const draw = () => {
    cancelAnimationFrame(frame);
    frame = 0;
    trim();
    if (isStale) rebuild();
    else if (!isPaused && waiting.length > 0) append();
    words.hidden = rows.length > 0;
    if (!words.hidden) replace(words, kept.length > 0 ? "No line fits what is looked for." : "No line yet.");
    tell();
  };

  const make = line => ({ line, item: row(line) });

  const append = () => {
    const wasAtEnd = isAtEnd();
    const fresh = waiting.map(make);
    const surplus = Math.max(0, rows.length + fresh.length - ROWS);
    const leaving = rows.slice(0, surplus);
    rows = [...rows.slice(surplus), ...fresh];
    waiting = [];
    if (!isPaused) came = 0;
    list.append(...fresh.map(({ item }) => item));
    const first = rows[0].item;
    const before = first.offsetTop;
    keepFocus(() => {
      for (const { item } of leaving) item.remove();
    });
    if (wasAtEnd) return toEnd();
    // What the reader looks at stays where it is.
    element.scrollTop -= before - first.offsetTop;
    below = Math.min(ROWS, (below ?? 0) + fresh.length);
  };

  /** All rows anew, out of what is kept and what is shown of older times; those that stay are the same. */
  const rebuild = () => {
    isStale = false;
    const wasAtEnd = isAtEnd();
    const known = new Map([...rows.map(({ line }) => line), ...waiting, ...kept].map(line => [line.id, line]));
    const all = [...known.values()].filter(match).sort((a, b) => a.id - b.id);
    const old = new Map(rows.map(each => [each.line, each]));
    rows = all.filter(({ id }) => id <= border).slice(-ROWS).map(line => old.get(line) ?? make(line));
    waiting = all.filter(({ id }) => id > border).slice(-ROWS);
    came = waiting.length;
    keepFocus(() => replace(list, rows.map(({ item }) => item)));
    if (wasAtEnd) toEnd();
  };

  /** A change that takes the row that has the focus away does not throw the reader back to the beginning of the page. */
  const keepFocus = change => {
    const focused = list.contains(document.activeElement) ? document.activeElement : null;
    change();
    if (focused && document.activeElement !== focused) (focused.isConnected ? focused : element).focus({ preventScroll: true });
  };

  const toEnd = () => {
    element.scrollTop = element.scrollHeight;
    below = null;
    tell();
  };

  const open = item => {
    const line = rows.find(each => each.item === item)?.line;
    const button = item.querySelector(".open");
    if (!line || !button) return;
    const shown = item.querySelector(".fields");
    button.setAttribute("aria-expanded", String(!shown));
    if (shown) shown.remove();
    else item.append(fields(line));
  };

  // MARK: the reader

  element.addEventListener("scroll", () => {
    const isBelow = !isAtEnd();
    if (isBelow === (below !== null)) return;
    below = isBelow ? 0 : null;
    tell();
  }, { passive: true });

  list.addEventListener("click", event => {
    const anchor = event.target.closest("a");
    if (anchor) {
      const isPlain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
      if (!isPlain || anchor.dataset.request === undefined) return;
      event.preventDefault();
      onRequest(anchor.dataset.request);
      return;
    }
    // Who marks text does not mean to open anything.
    if (event.target.closest(".line-main") && getSelection().isCollapsed) open(event.target.closest("li"));
  });

  element.addEventListener("keydown", event => {
    const from = event.target.closest("li");
    if (event.target !== element && !event.target.matches(".open")) return;
    const to = target(event.key, from);
    if (!to) return;
    event.preventDefault();
    to.querySelector(".open")?.focus();
  });

  const target = (key, from) => {
    const items = rows.filter(({ line }) => !line.gap).map(({ item }) => item);
    if (key === "Home") return items[0];
    if (key === "End") return items.at(-1);
    const step = { ArrowUp: -1, ArrowDown: 1 }[key];
    if (!step) return undefined;
    if (from) return items[items.indexOf(from) + step];
    // Where the reader is: the last one that can be seen.
    return items.findLast(item => item.offsetTop < element.scrollTop + element.clientHeight) ?? items[0];
  };

  // Where its place becomes smaller, the end stays in it.
  const size = new ResizeObserver(() => below === null && toEnd());
  size.observe(element);

  const stop = () => {
    cancelAnimationFrame(frame);
    size.disconnect();
  };
  return { element, add, gap, fit, pause, clear, toEnd, stop };
}
