// Every route of this server, as it describes itself, with a form to try each.

import { h, replace } from "../lib/dom.js";
import { count } from "../lib/format.js";
import { trouble } from "../lib/panel.js";
import { ask } from "../lib/resource.js";
import { operations } from "./api-document.js";
import { route } from "./api-route.js";
import { prose } from "./api-schema.js";

/** Milliseconds until a document that could not be had is asked for again. */
const RETRY = 5000;

/** Shows them; `search` and the opened `route` come from the address. */
export function mount(root, parameters) {
  const stops = [];
  let isStopped = false, retry = 0;
  const body = h("div", {}, h("p", { class: "quiet notice" }, "Loading …"));
  replace(root, body);

  const load = async () => {
    try {
      const { data } = await ask("/api/openapi.json");
      if (!isStopped) show(body, data, parameters, stops);
    } catch (problem) {
      if (isStopped) return;
      replace(body, trouble(problem));
      retry = setTimeout(load, RETRY);
    }
  };
  load();
  return () => {
    isStopped = true;
    clearTimeout(retry);
    for (const stop of stops) stop();
  };
}

function show(root, document, parameters, stops) {
  let opened = parameters.get("route") ?? "";
  const all = operations(document).map(operation => {
    const made = entry(document, operation, isOpen => {
      opened = isOpen ? operation.id : opened === operation.id ? "" : opened;
      keep();
    });
    stops.push(made.stop);
    const text = `${operation.method} ${operation.path} ${operation.summary} ${operation.description} ${operation.id} ${operation.tag}`;
    return { ...made, operation, text: text.toLowerCase() };
  });
  const tags = [...new Set([...(document.tags ?? []).map(({ name }) => name), ...all.map(({ operation }) => operation.tag)])];
  const groups = tags.map(tag => {
    const own = all.filter(({ operation }) => operation.tag === tag);
    const description = document.tags?.find(({ name }) => name === tag)?.description;
    return {
      own,
      element: h("section", { class: "panel group", "aria-label": tag },
        h("h2", {}, tag), description && h("details", { class: "about" }, h("summary", {}, "About"), prose(description)),
        h("ul", {}, own.map(({ element }) => element))),
    };
  });

  const search = h("input", { type: "search", autocomplete: "off", spellcheck: "false", oninput: () => {
    filter();
    keep();
  } });
  search.value = parameters.get("search") ?? "";
  const told = h("p", { class: "quiet", role: "status" });
  const keep = () => {
    const query = [["search", search.value.trim()], ["route", opened]].filter(([, value]) => value);
    history.replaceState(null, "", `#/api${query.length > 0 ? `?${new URLSearchParams(query)}` : ""}`);
  };
  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const each of all) each.element.hidden = !words.every(word => each.text.includes(word));
    for (const { own, element } of groups) element.hidden = own.every(each => each.element.hidden);
    const found = all.filter(each => !each.element.hidden).length;
    replace(told, found === all.length ? count(found, "route") : `${found} of ${count(all.length, "route")}`);
  };
  filter();
  replace(root,
    h("section", { class: "panel", "aria-label": "About" },
      h("div", { class: "panel-head" }, h("form", { role: "search", onsubmit: event => event.preventDefault() }, h("label", {}, "Search", search)), told),
      h("details", { class: "about" }, h("summary", {}, `About ${document.info?.title ?? "this server"} ${document.info?.version ?? ""}`), prose(document.info?.description)),
      h("p", { class: "quiet" }, "For programs: ", h("a", { href: "/api/openapi.json" }, "/api/openapi.json"), ", an OpenAPI document.")),
    groups.map(({ element }) => element));
  const named = all.find(({ operation }) => operation.id === opened);
  if (named) {
    named.toggle();
    named.element.scrollIntoView({ block: "start" });
  }
}

/** A route's line: what belongs to it is made when it is opened. */
function entry(document, operation, told) {
  const place = h("div", { class: "opened route-detail", hidden: true });
  let stop = null;
  const toggle = () => {
    const opens = place.hidden;
    place.hidden = !opens;
    button.setAttribute("aria-expanded", String(opens));
    // Once made it stays, with all that was typed in.
    if (opens && !stop) stop = route(place, document, operation);
    told(opens);
  };
  const button = h("button", { type: "button", class: "opening route", "aria-expanded": "false", "data-id": operation.id, onclick: toggle },
    h("span", { class: `method ${operation.method.toLowerCase()}` }, operation.method), h("code", { class: "path" }, operation.path),
    h("span", { class: "quiet" }, operation.summary));
  return { element: h("li", { class: "operation" }, button, place), toggle, stop: () => stop?.() };
}
