// Tokens that somebody has typed in. They live as long as the page, and are written nowhere.

import { h } from "./dom.js";

const known = new Map();

/** The headers that show a token, where it has been given: `{}` where not. */
export function headers(name) {
  const given = known.get(name);
  if (!given) return {};
  return {
    ...(given.token && { Authorization: `Bearer ${given.token}` }),
    ...(given.organisation && { "X-Organisation": given.organisation }),
  };
}

/** Whether it has been given. */
export const has = name => known.has(name);

/** Forgets it: it was refused. */
export const forget = name => known.delete(name);

/**
 * Asks for a token, unless it has been given before.
 *
 * @param name of the setting that it is compared with, such as `INVALIDATE_TOKEN`.
 * @param why in words, what it is needed for.
 * @param withOrganisation whether an organisation is asked for, too.
 * @param title what the dialog is called, where the name would tell people nothing.
 * @param problem why it is asked for again, in words.
 * @param signal ends the question without an answer, where nobody needs one any more.
 * @returns whether there is one now: it may have been thought better of.
 */
export function obtain(name, why, { withOrganisation = false, title = name, problem = "", signal } = {}) {
  if (known.has(name) && !problem) return Promise.resolve(true);
  return new Promise(done => {
    // Anything else cannot be sent in a header.
    const sendable = { pattern: "[ -~]*", title: "Letters, digits and signs of ASCII", autocomplete: "off", spellcheck: "false" };
    const token = h("input", { type: "password", required: !withOrganisation, ...sendable });
    const organisation = withOrganisation && h("input", { type: "text", ...sendable });
    let isGiven = false;
    const leave = () => dialog.close();
    const dialog = h(
      "dialog", { class: "dialog", "aria-labelledby": "credential-title", onclose: () => {
        signal?.removeEventListener("abort", leave);
        dialog.remove();
        done(isGiven);
      } },
      h("form", { method: "dialog", onsubmit: event => {
        event.preventDefault();
        known.set(name, { token: token.value.trim(), organisation: organisation ? organisation.value.trim() : "" });
        isGiven = true;
        dialog.close();
      } },
        h("h2", { id: "credential-title" }, title),
        h("p", {}, why, " It is kept in this page's memory only, until the page is closed."),
        problem && h("p", { class: "trouble", role: "alert" }, problem),
        h("label", {}, "Token", token),
        organisation && h("label", {}, "Organisation", organisation),
        h("div", { class: "buttons" },
          h("button", { type: "button", onclick: () => dialog.close() }, "Cancel"),
          h("button", { type: "submit", class: "primary" }, "Use it"))));
    document.body.append(dialog);
    signal?.addEventListener("abort", leave);
    dialog.showModal();
    token.focus();
  });
}
