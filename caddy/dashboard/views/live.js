// The log and the events, as they come.

import { h, replace } from "../lib/dom.js";
import { count } from "../lib/format.js";
import { sign, symbol } from "../lib/panel.js";
import { resource } from "../lib/resource.js";
import { happenings } from "./live-events.js";
import { LEVELS, rank, search as finder } from "./live-line.js";
import { linesOf, SOURCES } from "./live-source.js";
import { ROWS, tail } from "./live-tail.js";

/** Milliseconds until lines that have been, and could not be had, are asked for again. */
const RETRY = 5000;
/** Milliseconds of a break that are no news: a streamer that is replaced takes less. */
const SHORT = 2000;
const MISSING = "Some lines are missing here: they came while this page did not listen, and are no longer kept.";

/** Shows them. The parameters, all of them also in the address: `level request_id search source type`. */
export function mount(root, parameters) {
  const wanted = {
    level: LEVELS.includes(parameters.get("level")) ? parameters.get("level") : "",
    request_id: parameters.get("request_id") ?? "",
    search: parameters.get("search") ?? "",
    source: Object.hasOwn(SOURCES, parameters.get("source") ?? "") ? parameters.get("source") : "chimney",
    type: parameters.get("type") ?? "",
  };
  let isPaused = false;
  let end = () => {};
  let isOpen = false;
  /** The connection's state as it is shown, why it is not open, and the timer after which that is told. */
  let shown = "";
  let trouble = null;
  let delay = 0;
  /** Whether the store, from which the lines come, is known to be away: the connection outlives that. */
  let isStoreAway = false;

  // MARK: what is on the page

  const level = h("select", { onchange: () => change({ level: level.value }) },
    LEVELS.map((each, index) => h("option", { value: index === 0 ? "" : each }, each)));
  const source = h("select", { onchange: () => change({ source: source.value }) },
    Object.entries(SOURCES).map(([name, { title }]) => h("option", { value: name }, title)));
  const search = h("input", {
    type: "search", spellcheck: "false", autocomplete: "off", placeholder: "these words, -not this",
    title: "Lines with all of these words, and with none that begin with a -, such as -/healthz",
    oninput: () => change({ search: search.value }),
  });
  const only = h("span", { class: "only" });
  const clear = h("button", { type: "button", class: "clear", onclick: () => {
    change({ level: "", request_id: "", search: "" });
    search.focus();
  } }, "Clear filter");
  const pause = h("button", { type: "button", class: "pause", onclick: () => {
    isPaused = !isPaused;
    lines.pause(isPaused);
  } }, "Pause");
  const held = h("span", { class: "held" });
  const state = h("p", { class: "state", role: "status" });
  const note = h("div", { class: "panel-note", role: "status", hidden: true });
  const newest = h("button", { type: "button", class: "newest", hidden: true, onclick: () => {
    lines.toEnd();
    lines.element.focus({ preventScroll: true });
  } });

  const lines = tail({
    onChange: ({ waiting, below }) => {
      pause.textContent = isPaused ? "Continue" : "Pause";
      const beyond = waiting > ROWS ? `, the newest ${ROWS} of which will be shown` : "";
      say(held, isPaused ? (waiting === 0 ? "Paused." : `Paused: ${count(waiting, "new line")}${beyond}.`) : "");
      newest.hidden = below === null;
      if (below !== null) say(newest, below === 0 ? "↓ To the newest line" : `↓ ${count(below, "new line")}`);
    },
    onRequest: id => change({ request_id: id }, { isStep: true }),
  });
  const others = happenings({ type: wanted.type, onType: type => {
    wanted.type = type;
    keepAddress();
  } });

  // MARK: filters

  const change = (some, { isStep = false } = {}) => {
    const before = { ...wanted };
    Object.assign(wanted, some);
    if (Object.keys(some).every(name => some[name] === before[name])) return;
    keepAddress(isStep);
    show();
    if (wanted.source !== before.source) return follow();
    // More than the page has at hand may fit now.
    if (isFiltered()) load();
  };

  const isFiltered = () => wanted.level !== "" || wanted.request_id !== "" || wanted.search.trim() !== "";

  const show = () => {
    level.value = wanted.level;
    source.value = wanted.source;
    if (search.value !== wanted.search) search.value = wanted.search;
    clear.disabled = !isFiltered();
    only.hidden = wanted.request_id === "";
    replace(only, "Only request ", h("code", {}, wanted.request_id));
    const isFound = finder(wanted.search);
    const least = wanted.level === "" ? -1 : rank(wanted.level);
    lines.fit(line =>
      (least < 0 || rank(line.level) >= least)
      && (wanted.request_id === "" || line.request_id === wanted.request_id)
      && isFound(line));
  };

  /** Keeps the address in step: for what is a step of its own so that the browser's way back leads here. */
  const keepAddress = (isStep = false) => {
    const kept = Object.entries(wanted).filter(([name, value]) => value !== "" && !(name === "source" && value === "chimney"));
    const query = new URLSearchParams(kept).toString();
    const address = `#/live${query === "" ? "" : `?${query}`}`;
    if (isStep) history.pushState(null, "", address);
    else history.replaceState(null, "", address);
  };

  // MARK: lines

  let loading = new AbortController();
  let timer = 0;
  /** What was loaded last: whatever has come since is there anyway. */
  let loaded = null;
  /** What the server's ring still holds of what is looked for. */
  const load = async () => {
    loading.abort();
    clearTimeout(timer);
    const { history } = SOURCES[wanted.source];
    // With the first connection it is known whether a token is needed.
    if (!history || !isOpen) return;
    const query = Object.entries(wanted).filter(([name, value]) => ["level", "request_id"].includes(name) && value !== "");
    const path = `${history}&${new URLSearchParams(query)}`;
    if (path === loaded) return;
    loading = new AbortController();
    const { signal } = loading;
    // Not for every letter that is typed.
    await new Promise(done => (timer = setTimeout(done, 150)));
    if (signal.aborted) return;
    try {
      const found = await linesOf(path, signal);
      if (signal.aborted) return;
      loaded = path;
      lines.add(found);
    } catch {
      // The connection's own state says what is wrong.
      if (!signal.aborted) timer = setTimeout(load, RETRY);
    }
  };

  const follow = () => {
    end();
    loading.abort();
    isOpen = false;
    isPaused = false;
    loaded = null;
    shown = "";
    clearTimeout(delay);
    delay = 0;
    lines.clear();
    end = SOURCES[wanted.source].start({
      onLines: more => lines.add(more),
      onGap: () => lines.gap(MISSING),
      onState: tell,
    });
  };

  const tell = (now, problem = null) => {
    const wasOpen = isOpen;
    isOpen = now === "open";
    if (isOpen && !wasOpen && isFiltered()) load();
    // Another attempt is no news.
    if (now === "connecting" && shown !== "") return;
    trouble = problem;
    if (now === "waiting" && shown === "open") {
      delay ||= setTimeout(() => render("waiting"), SHORT);
      return;
    }
    if (now !== shown || now === "waiting") return render(now);
    clearTimeout(delay);
    delay = 0;
  };

  const render = now => {
    clearTimeout(delay);
    delay = 0;
    shown = now;
    replace(state, {
      open: isStoreAway ? sign("bad", "the store is away: no new lines")
        : sign("good", wanted.source === "caddy" ? "asked every 3 s" : "live"),
      connecting: sign("idle", "connecting"),
      waiting: sign("bad", "not connected, tried again by itself"),
      refused: sign("bad", "not shown"),
    }[now]);
    note.hidden = !trouble;
    replace(note, trouble && h("p", { class: "trouble" }, symbol("bad"), trouble.message),
      now === "refused" && h("button", { type: "button", class: "admit", onclick: follow }, "Give the token"));
  };

  replace(root, h("div", { class: "live" },
    h("section", { class: "panel log", "aria-labelledby": "live-log" },
      h("div", { class: "panel-head" }, h("h2", { id: "live-log" }, "Log"), state, held, pause),
      h("div", { class: "bar" },
        h("label", {}, "Source", source), h("label", {}, "Level from", level), h("label", { class: "search" }, "Search", search),
        clear, only),
      note,
      h("div", { class: "frame" }, lines.element, newest)),
    others.element));
  show();
  follow();
  const unwatch = resource("/healthz", 10).watch(({ data, problem }) => {
    const isAway = !problem && data?.status === "degraded" && data.dragonfly !== "connected";
    if (isAway === isStoreAway) return;
    isStoreAway = isAway;
    if (shown === "open") render(shown);
  });
  return () => {
    end();
    unwatch();
    loading.abort();
    clearTimeout(timer);
    clearTimeout(delay);
    lines.stop();
    others.stop();
  };
}

/** Changes a text only where it is another: some of them are read out. */
function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
