// The instances: the state of each, the commands that ended on it, its disk, and its logs.

import { account, all, call, control, look, region, send, Refused } from "./api.js";
import { $, h, patch } from "./dom.js";
import { attempt, changed, present } from "./shell.js";
import { age, health, time } from "./words.js";

let state = null;
let reports = new Map();
let waits = false; // for the logs
let latest = null; // the id of the instance that was chosen last

export async function drawInstances(next, [id, tab = "commands", ...path], isWanted) {
  state = next;
  reports = await healthById();
  patch($("#fleet"), table(id));
  await instance(id, tab, path, isWanted);
  if (id && id !== latest) $("#instance").scrollIntoView({ block: "nearest" });
  latest = id;
}

/** The health of each instance by id; empty where health is basic. */
async function healthById() {
  if (!state.environment.HealthStatus) return new Map();
  try {
    const rows = await all("DescribeInstancesHealth", { EnvironmentId: state.environment.EnvironmentId, AttributeNames: ["HealthStatus", "Color", "Causes"] }, "InstanceHealthList");
    return new Map(rows.map((row) => [row.InstanceId, row]));
  } catch (error) {
    if (error instanceof Refused) return new Map();
    throw error;
  }
}

function table(chosen) {
  const { instances } = state.fleet;
  if (instances.length === 0) return h("p", { class: "nothing" }, "There is no instance.");
  const heads = ["Instance", "State", "Health", "Version", "Launched", "Requests"];
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Table of instances" }, h("table", { class: "list cards" },
    h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head)))),
    h("tbody", {}, instances.map((each) => h("tr", { "data-key": each.id, class: each.id === chosen ? "chosen" : null },
      h("th", { scope: "row" }, h("a", { class: "mono", href: `#instances/${each.id}`, "aria-current": each.id === chosen ? "true" : null }, each.id), h("span", { class: "soft block" }, `${each.availability_zone} · ${each.instance_type}`)),
      h("td", { "data-label": "State" }, each.state, h("span", { class: "soft block" }, each.in_service ? "in service" : "out of service")),
      h("td", { "data-label": "Health" }, reports.has(each.id) ? [health(reports.get(each.id).Color, reports.get(each.id).HealthStatus), reports.get(each.id).Causes?.map((cause) => h("span", { class: "soft block" }, cause))] : "—"),
      h("td", { "data-label": "Version" }, each.version_label ?? "—"),
      h("td", { "data-label": "Launched" }, age(each.launched_at, present())),
      h("td", { "data-label": "Requests", class: "number" }, Object.entries(each.requests).map(([code, number]) => `${number} × ${code}`).join(", ") || "none"))))));
}

async function instance(id, tab, path, isWanted) {
  const instance = state.fleet.instances.find((each) => each.id === id);
  if (!instance) return patch($("#instance"), id && h("p", { class: "nothing" }, `${id} is gone.`));
  const tabs = [["commands", "Commands"], ["disk", "Disk"], ["logs", "Logs"]];
  const content = await ({ commands, disk, logs }[tab] ?? commands)(id, path);
  if (!isWanted()) return undefined; // another part was chosen meanwhile
  patch($("#instance"), h("section", { class: "card", "aria-label": `Instance ${id}` },
    h("div", { class: "row" }, h("h2", { class: "mono" }, id), h("div", { class: "segments" }, tabs.map(([key, words]) => h("a", { class: "button small", href: `#instances/${id}/${key}`, "aria-current": key === tab ? "true" : null }, words)))),
    h("div", { "data-key": tab }, content)));
  return undefined;
}

const root = (id) => `/environments/${state.environment.EnvironmentId}/instances/${id}`;

async function commands(id) {
  const { commands: rows } = await control("GET", `${root(id)}/commands`);
  if (rows.length === 0) return h("p", { class: "nothing" }, "No command has ended on it yet.");
  return h("ul", { class: "events" }, rows.map((each) => h("li", { class: each.failed ? "error" : "", "data-key": each.at + each.command },
    time(Date.parse(each.at), present()),
    h("span", { class: "severity" }, each.failed ? "failed" : "done"),
    h("span", { class: "message" }, `${each.command}${each.version_label ? ` ${each.version_label}` : ""}${each.deployment_id ? `, deployment ${each.deployment_id}` : ""}${each.timed_out ? ", timed out" : ""}`,
      each.outcomes.length > 0 && h("pre", { tabindex: "0", "aria-label": "What was carried out" }, h("code", {}, each.outcomes.map((one) => `[${one.ending}${one.status === null ? "" : ` ${one.status}`}] ${[one.phase, one.name].filter(Boolean).join(" ")}: ${one.line}${one.output ? `\n    ${one.output.trim().replaceAll("\n", "\n    ")}` : ""}`).join("\n")))))));
}

async function disk(id, path) {
  const at = path.map(encodeURIComponent).join("/");
  let response;
  try {
    response = await send("GET", `${root(id)}/files/${at}`);
  } catch (error) {
    if (error instanceof Refused) return [crumbs(id, path), h("p", { class: "nothing" }, error.message)];
    throw error;
  }
  if (!response.headers.get("Content-Type").startsWith("application/json")) {
    const isText = response.headers.get("Content-Type").startsWith("text/plain");
    return [crumbs(id, path), isText ? h("pre", { tabindex: "0", "aria-label": `/${path.join("/")}` }, h("code", {}, await response.text())) : h("p", { class: "nothing" }, "It is no text.")];
  }
  const listing = await response.json();
  return [crumbs(id, path), h("table", { class: "list" },
    h("thead", {}, h("tr", {}, ["Name", "Mode", "Owner", "Size"].map((head) => h("th", { scope: "col" }, head)))),
    h("tbody", {}, listing.entries.map((each) => h("tr", {},
      h("th", { scope: "row" }, h("a", { class: "mono", href: `#instances/${id}/disk/${[...path, each.name].map(encodeURIComponent).join("/")}` }, `${each.name}${each.kind === "folder" ? "/" : ""}`), each.target && h("span", { class: "soft" }, ` → ${each.target}`)),
      h("td", { class: "mono" }, each.mode ?? ""), h("td", {}, each.owner ? `${each.owner}:${each.group}` : ""), h("td", { class: "number" }, each.size ?? ""))))),
    listing.is_cut && h("p", { class: "soft" }, "There are more names than are listed.")];
}

function crumbs(id, path) {
  return h("p", { class: "crumbs mono" }, h("a", { href: `#instances/${id}/disk` }, "/"), path.map((name, index) => [" ", h("a", { href: `#instances/${id}/disk/${path.slice(0, index + 1).map(encodeURIComponent).join("/")}` }, name), index < path.length - 1 && " /"]));
}

async function logs(id) {
  const named = { EnvironmentId: state.environment.EnvironmentId, InfoType: "tail" };
  const { EnvironmentInfo: samples } = await look("RetrieveEnvironmentInfo", named);
  const mine = samples.find((each) => each.Ec2InstanceId === id);
  const ask = h("button", { type: "button", onclick: () => attempt(async () => {
    await call("RequestEnvironmentInfo", named);
    waits = true;
    changed();
  }) }, mine ? "Request them anew" : "Request the logs");
  if (!mine) return [h("p", { class: "soft" }, waits ? "They are being collected; on a manual clock that takes as long as you let it." : "A sample of the logs is collected by request."), h("div", { class: "buttons start" }, ask)];
  const from = new URL(mine.Message);
  const content = await (await fetch(from.pathname + from.search)).text();
  return [h("div", { class: "buttons start" }, ask, h("span", { class: "soft" }, "Sampled ", time(mine.SampleTimestamp * 1000, present()), ` in ${region} of ${account}`)), h("pre", { tabindex: "0", class: "tall", "aria-label": "Logs" }, h("code", {}, content))];
}
