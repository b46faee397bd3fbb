// The page: which view is shown, and what stands above all of them.

import { h, replace, style } from "./lib/dom.js";
import * as overview from "./views/overview.js";

/**
 * The views, by the name in the address. Each exports `mount(root)`, which returns what ends it. All but the first are
 * loaded when they are first asked for.
 */
const VIEWS = {
  "": { title: "Overview", load: async () => overview },
  live: { title: "Live", load: () => import("./views/live.js") },
  metrics: { title: "Metrics", load: () => import("./views/metrics.js") },
  cache: { title: "Cache", load: () => import("./views/cache.js") },
  queue: { title: "Queue", load: () => import("./views/queue.js") },
  api: { title: "API", load: () => import("./views/api.js") },
};

const main = document.getElementById("main");
const pages = document.getElementById("pages");
let unmount = () => {};
let turn = 0;

/** The name of the view that the address names, and its parameters: `#/live?request_id=…`. */
function place() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  return { name: Object.hasOwn(VIEWS, path) ? path : "", parameters: new URLSearchParams(query) };
}

async function show() {
  const { name, parameters } = place();
  const { title, load } = VIEWS[name];
  const mine = ++turn;
  for (const anchor of pages.querySelectorAll("a")) {
    if (anchor.dataset.name === name) anchor.setAttribute("aria-current", "page");
    else anchor.removeAttribute("aria-current");
  }
  let view;
  try {
    [view] = await Promise.all([load(), name === "" ? null : style(name)]);
  } catch {
    view = { mount: root => replace(root, h("p", { class: "notice" }, "This page could not be loaded; reload it.")) };
  }
  // Another one has been asked for meanwhile.
  if (mine !== turn) return;
  unmount();
  document.title = name === "" ? "chimney" : `${title} · chimney`;
  document.body.dataset.view = name || "overview";
  const root = h("div", { class: "view" });
  replace(main, h("h1", { class: "unseen" }, title), root);
  unmount = view.mount(root, parameters) ?? (() => {});
}

replace(
  pages,
  Object.entries(VIEWS).map(([name, { title }]) => h("li", {}, h("a", { href: `#/${name}`, "data-name": name }, title))));

addEventListener("hashchange", async () => {
  await show();
  main.focus({ preventScroll: true });
  scrollTo(0, 0);
});

// The address names the view, and not a place on it.
document.querySelector(".skip").addEventListener("click", event => {
  event.preventDefault();
  main.focus();
});

// First what everybody has come for, then all the rest.
await show();
await (place().name === "" ? overview.isShown() : null);
performance.mark("chimney:shown");
try {
  const { start } = await import("./rest.js");
  start();
} catch (error) {
  replace(document.getElementById("banner"), h("p", { class: "alert" }, "A part of this page could not be loaded: it shows nothing new. Reload it."));
  reportError(error);
}
