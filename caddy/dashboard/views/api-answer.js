// What the server has answered: shown as text, and a stream as it comes.

import { h, replace } from "../lib/dom.js";
import { bytes, number } from "../lib/format.js";
import { sign, trouble } from "../lib/panel.js";
import { Problem } from "../lib/resource.js";

/** Characters that are kept: of an answer its beginning, of a stream its end. */
const LIMIT = 200_000;

/** What such answers mean, where a browser does not hand on the words. */
const WORDS = {
  200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 304: "Not Modified", 400: "Bad Request", 401: "Unauthorized",
  403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 409: "Conflict", 411: "Length Required",
  413: "Content Too Large", 415: "Unsupported Media Type", 422: "Unprocessable Content", 429: "Too Many Requests",
  431: "Request Header Fields Too Large", 500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable",
  504: "Gateway Timeout",
};

/** The place for the answers of a route: `{ element, send(url, options), stop() }`. */
export function answer(name) {
  const element = h("section", { class: "answer", "aria-label": `Answer of ${name}`, hidden: true });
  let abort = null;

  const send = async (url, options) => {
    abort?.abort();
    const own = new AbortController();
    abort = own;
    const state = h("p", { class: "answer-state", role: "status" }, "Waiting for the answer …");
    const stop = h("button", { type: "button", onclick: () => own.abort() }, "Stop");
    const head = h("div", { class: "panel-head" }, state, stop);
    const rest = h("div", {});
    element.hidden = false;
    replace(element, head, rest);
    const begin = performance.now();
    try {
      const response = await fetch(url, { ...options, cache: "no-store", redirect: "manual", signal: own.signal });
      const isStream = response.headers.get("Content-Type")?.startsWith("text/event-stream") === true;
      const text = h("pre", { class: "answer-body", tabindex: "0", role: "region", "aria-label": `Body of the answer of ${name}` });
      const note = h("p", { class: "quiet", role: "status" });
      replace(rest, fields(response), text, note);
      const told = size => replace(
        state, sign(response.ok || response.status === 304 ? "good" : "bad", `${response.status} ${response.statusText || WORDS[response.status] || ""}`),
        ` in ${number(Math.round(performance.now() - begin))} ms${size === null ? "" : `, ${bytes(size)}`}`);
      told(null);
      const size = await (isStream ? flow : whole)(response, text, note);
      if (!isStream) told(size);
      else note.textContent = "The stream has ended.";
      text.hidden = text.textContent === "";
    } catch (error) {
      if (own.signal.aborted) {
        if (abort === own) rest.append(h("p", { class: "quiet" }, "Stopped."));
        if (state.textContent.startsWith("Waiting")) replace(state);
      } else {
        replace(rest, trouble(new Problem(0, "chimney cannot be reached, or the connection has ended in the middle.")));
        replace(state);
      }
    } finally {
      stop.remove();
    }
  };
  // As with all streams: a page that is left keeps no connection.
  const leave = () => abort?.abort();
  addEventListener("pagehide", leave);
  return {
    element, send,
    stop: () => {
      removeEventListener("pagehide", leave);
      leave();
    },
  };
}

function fields(response) {
  return h("details", {}, h("summary", {}, "Headers"),
    h("dl", { class: "headers" }, [...response.headers].map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))));
}

/** Shows a body; returns its bytes. */
async function whole(response, place, note) {
  const data = await response.arrayBuffer();
  let text = new TextDecoder().decode(data);
  if (/json/.test(response.headers.get("Content-Type") ?? "")) {
    try {
      text = JSON.stringify(JSON.parse(text), null, 2);
    } catch {
      // It is shown as it is.
    }
  }
  place.textContent = text.slice(0, LIMIT);
  note.textContent = text.length > LIMIT ? `The first ${number(LIMIT)} of ${number(text.length)} characters.`
    : text === "" ? "It has no body." : "";
  return data.byteLength;
}

/** Shows what comes as it comes. */
async function flow(response, place, note) {
  const decoder = new TextDecoder();
  let kept = 0;
  note.textContent = "What comes is shown as it comes.";
  for (const reader = response.body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) return kept;
    const isAtEnd = place.scrollHeight - place.scrollTop - place.clientHeight < 8;
    const text = decoder.decode(value, { stream: true });
    place.append(text);
    kept += text.length;
    while (kept > LIMIT && place.childNodes.length > 1) {
      kept -= place.firstChild.data.length;
      place.firstChild.remove();
      note.textContent = "What comes is shown as it comes; the oldest of it is gone.";
    }
    if (isAtEnd) place.scrollTop = place.scrollHeight;
  }
}
