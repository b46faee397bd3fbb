// All that is known of a deployment of the queue.

import { h, link, replace } from "../lib/dom.js";
import { ago, moment } from "../lib/format.js";
import { nothing, sign, trouble } from "../lib/panel.js";
import { lineage } from "./queue-lineage.js";
import { facts } from "./queue-rows.js";
import { RETRY } from "./queue-source.js";
import { outcome, STATUSES } from "./queue-words.js";

/**
 * Shows it.
 *
 * @param links `{ get, address, known }`: what asks the server, makes the address of a deployment by its id, and returns
 *   the deployments that are known already.
 * @returns `{ update(item), stop() }`
 */
export function detail(root, item, links) {
  const told = h("div", {});
  const chain = h("div", {});
  const past = h("div", {}, h("p", { class: "quiet" }, "Loading …"));
  let turn = 0, retry = 0;
  replace(root, chain, told, h("h3", {}, "History"), past);

  const update = async now => {
    const mine = ++turn;
    clearTimeout(retry);
    replace(told, fields(now));
    try {
      const { data } = await links.get(`/v1/deployments/${encodeURIComponent(now.id)}/history`);
      if (mine !== turn) return;
      replace(past, history(data.history, links.address));
      const made = await lineage(now, data.history, links);
      if (mine === turn) replace(chain, made && [h("h3", {}, "Lineage"), made]);
    } catch (problem) {
      if (mine !== turn) return;
      replace(past, trouble(problem));
      if (problem.isPassing) retry = setTimeout(() => update(now), RETRY);
    }
  };
  update(item);
  return {
    update,
    stop: () => {
      turn += 1;
      clearTimeout(retry);
    },
  };
}

const web = address => address && link(address, address, { class: "wide" });

function fields(item) {
  const [kind, word] = outcome(STATUSES, item.status);
  return facts([
    ["Status", sign(kind, word)], ["Name", item.name], ["Version", item.version],
    ["Commit", item.commit_sha && h("code", { class: "wide" }, item.commit_sha)], ["Type", item.type], ["Trigger", item.trigger],
    ["Environment", item.environment], ["Provider", item.provider], ["Account", item.cloud_account_id],
    ["Region", item.region], ["Cell", item.cell], ["Organisation", item.organisation],
    ["Created", h("span", { class: "wide" }, ago(item.created_at), `, ${moment(item.created_at)}`)], ["Updated", ago(item.updated_at)],
    ["By", item.created_by_actor], ["Repository", item.created_by_repo], ["Workflow", item.created_by_workflow],
    ["Build", web(item.build_uri)], ["Runs at", web(item.deployment_uri)],
    ["Resource", item.resource && h("span", { class: "wide" }, item.resource)],
    ["Description", item.description && h("span", { class: "long" }, item.description)],
    ["Notes", item.notes && h("span", { class: "long" }, item.notes)],
    ["Parameters", item.pipeline_extra_params && h("code", { class: "long" }, item.pipeline_extra_params)],
    ["Id", h("code", { class: "wide" }, item.id)],
  ], "Not given");
}

function history(entries, address) {
  if (entries.length === 0) return nothing("Nothing is known of it any more.");
  return h("ol", { class: "history" }, entries.map(({ time, actor, repository, workflow, change }) =>
    h("li", {},
      h("span", { class: "history-change" }, Object.entries(change).map(([name, value]) => told(name, value, address))),
      h("span", { class: "quiet" }, [actor, repository, workflow].filter(Boolean).join(" · ")), ago(time))));
}

/** The words for links to others. */
const LINKS = {
  source_deployment_id: "a copy of another", rollback_from_deployment_id: "in the place of another",
  skipped_by: "by a newer one", rolled_back_by: "by a rollback",
};

function told(name, value, address) {
  if (LINKS[name]) return h("a", { href: address(value) }, LINKS[name]);
  const { from, to } = value ?? {};
  if (name === "status") {
    const [kind, word] = outcome(STATUSES, to);
    return h("span", {}, from && `${outcome(STATUSES, from)[1]} → `, sign(kind, word));
  }
  const shown = text => (text === null || text === undefined ? "none" : String(text));
  return h("span", {}, `${name === "notes" ? "notes" : "runs at"}: ${shown(from)} → ${shown(to)}`);
}
