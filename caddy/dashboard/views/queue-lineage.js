// What a rollback has replaced, what that had replaced before, and what came after it: a chain that can be followed.

import { h } from "../lib/dom.js";
import { ago } from "../lib/format.js";
import { sign } from "../lib/panel.js";
import { outcome, STATUSES } from "./queue-words.js";

/** Links of a chain that are followed in each direction. */
const LIMIT = 10;

/**
 * The chain that a deployment is a part of, oldest first; null where it is part of none.
 *
 * @param history the deployment's own.
 * @param links as `detail` takes them. What it throws is thrown.
 */
export async function lineage(item, history, { get, address, known }) {
  const seen = new Set([item.id]);
  const find = async id => {
    if (!id || seen.has(id)) return null;
    seen.add(id);
    const found = known().find(other => other.id === id);
    if (found) return found;
    try {
      return (await get(`/v1/deployments/${encodeURIComponent(id)}`)).data;
    } catch (problem) {
      if (problem.status !== 404) throw problem;
      return { id, isUnknown: true };
    }
  };
  const past = async id => (await get(`/v1/deployments/${encodeURIComponent(id)}/history`)).data.history;

  const chain = [item];
  for (let step = 0; step < LIMIT; step += 1) {
    const before = await find(chain[0].rollback_from_deployment_id);
    if (!before) break;
    chain.unshift(before);
  }
  let entries = history;
  for (let step = 0; step < LIMIT; step += 1) {
    const last = chain.at(-1);
    // One that was replaced while it ran does not tell: the rollback does.
    const successor = entries.findLast(({ change }) => change.rolled_back_by)?.change.rolled_back_by
      ?? known().find(other => other.rollback_from_deployment_id === last.id)?.id;
    const after = await find(successor);
    if (!after) break;
    chain.push(after);
    entries = after.isUnknown ? [] : await past(after.id);
  }
  if (chain.length === 1) return null;
  return h("ol", { class: "lineage" }, chain.map((each, index) => step(each, index, item, address)));
}

function step(each, index, item, address) {
  const name = each.version ?? "one that is no longer known";
  const [kind, word] = each.isUnknown ? ["none", "not known"] : outcome(STATUSES, each.status);
  return h("li", { "aria-current": each.id === item.id && "true" },
    index > 0 && h("span", { class: "lineage-arrow" }, "→ rolled back →"),
    each.id === item.id ? h("strong", {}, name) : h("a", { href: address(each.id) }, name),
    sign(kind, word), each.created_at && ago(each.created_at),
    each.source_deployment_id && h("span", { class: "quiet" }, "(from ",
      h("a", { href: address(each.source_deployment_id) }, `an earlier ${name}`), ")"),
    each.id === item.id && h("span", { class: "quiet" }, "– this one"));
}
