// What can be done to the cache by who has the token.

import * as credentials from "../lib/credentials.js";
import { h, replace } from "../lib/dom.js";
import { count } from "../lib/format.js";
import { symbol } from "../lib/panel.js";
import { ask } from "../lib/resource.js";

const TOKEN = "INVALIDATE_TOKEN";

/**
 * The forms and buttons.
 *
 * @param onDone called when something has been done, with `"invalidated"` or `"warmed"`.
 * @returns `{ element, invalidate(key), stop() }`
 */
export function actions({ onDone }) {
  const ended = new AbortController();
  const { signal } = ended;
  const outcome = h("p", { class: "outcome", role: "status" });
  const prefix = h("input", { type: "text", required: true, maxlength: 1024, pattern: "/.*", title: "A path that begins with /",
    placeholder: "/pulls", spellcheck: "false", autocomplete: "off" });
  const reason = h("input", { type: "text", maxlength: 500, placeholder: "optional", autocomplete: "off" });
  const all = h("button", { type: "button", onclick: () => confirmAll(() => invalidate({ all: true }), signal) }, "Invalidate all …");
  const warming = h("button", { type: "button", onclick: () => warm() }, "Warm");
  const submit = h("button", { type: "submit", class: "primary" }, "Invalidate");
  const element = h("section", { class: "panel actions", "aria-labelledby": "cache-actions" },
    h("h2", { id: "cache-actions" }, "Invalidate and warm"),
    h("form", { class: "bar", onsubmit: event => {
      event.preventDefault();
      invalidate({ prefix: prefix.value.trim() });
    } },
      h("label", {}, "Prefix", prefix), h("label", {}, "Reason", reason), submit, h("span", { class: "apart" }, warming, all)),
    h("p", { class: "quiet" },
      "A prefix drops every entry that begins with it, on all hosts; / drops all that comes from GitHub. An entry's own button ",
      "takes its key for a prefix. Warming fetches the open pull requests and issues, the last runs and the summary ahead of who asks for them."),
    outcome);
  let isBusy = false;

  const say = (kind, text) => replace(outcome, symbol(kind), text);

  /** Does something that needs the token, one at a time, and says what has become of it. */
  async function act(path, body, done) {
    if (isBusy) return;
    isBusy = true;
    // What is clicked meanwhile is not done, and this says why.
    say("busy", "Working …");
    try {
      const answer = await authorised(path, body, signal);
      if (!answer) replace(outcome);
      else if (!signal.aborted) say("good", done(answer.data));
    } catch (problem) {
      say("bad", [problem.message, ...(problem.errors ?? []).map(({ field, message }) => `${field} ${message}.`)].join(" "));
    }
    isBusy = false;
  }

  const invalidate = what => act("/api/cache/invalidate", { ...what, ...(reason.value.trim() && { reason: reason.value.trim() }) }, data => {
    onDone("invalidated");
    if (data.deleted === 0) return "There was nothing to delete.";
    return `Deleted ${data.deleted}: ${data.dragonfly} in the store, ${data.memory} in memory.`;
  });
  const warm = () => act("/api/cache/warm", {}, data => {
    onDone("warmed");
    return `${count(data.warming.length, "entry is", "entries are")} being fetched in the background.`;
  });
  return { element, invalidate: key => invalidate({ prefix: key }), stop: () => ended.abort() };
}

/**
 * Asks with the token, which is asked for where it is not known, or was refused.
 *
 * @returns the answer; null where the token was not given, or the view has ended before it was.
 */
async function authorised(path, body, signal) {
  for (let problem = ""; !signal.aborted; ) {
    if (!await credentials.obtain(TOKEN, "It is needed to invalidate and to warm the cache.", { problem, signal })) return null;
    try {
      return await ask(path, {
        method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json", ...credentials.headers(TOKEN) },
      });
    } catch (error) {
      // Also 429: it comes after wrong ones only, so that this was one.
      if (error.status === 401 || error.status === 429) credentials.forget(TOKEN);
      if (error.status !== 401) throw error;
      // What the API says is for programs. It is the same where the server has no token at all.
      problem = `It was refused. A server without ${TOKEN} takes none.`;
    }
  }
  return null;
}

/** Asks whether really all is meant. The signal ends the question without an answer. */
function confirmAll(then, signal) {
  const leave = () => dialog.close();
  const keep = h("button", { type: "button", onclick: leave }, "Keep it");
  const dialog = h("dialog", { class: "dialog", "aria-labelledby": "confirm-title", onclose: () => {
    signal.removeEventListener("abort", leave);
    dialog.remove();
  } },
    h("form", { method: "dialog", onsubmit: event => {
      event.preventDefault();
      dialog.close();
      then();
    } },
      h("h2", { id: "confirm-title" }, "Invalidate all?"),
      h("p", {}, "Every entry is dropped, on all hosts. Whoever asks next waits for GitHub, and each answer costs some of its quota."),
      h("div", { class: "buttons" }, keep, h("button", { type: "submit", class: "primary" }, "Invalidate all"))));
  document.body.append(dialog);
  signal.addEventListener("abort", leave);
  dialog.showModal();
  keep.focus();
}
