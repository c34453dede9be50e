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
    h("tbody", {}, instances.map((instance) => h("tr", { "data-key": instance.id, class: instance.id === chosen ? "chosen" : null },
      h("th", { scope: "row" }, h("a", { class: "mono", href: `#instances/${instance.id}`, "aria-current": instance.id === chosen ? "true" : null }, instance.id), h("span", { class: "soft block" }, `${instance.availability_zone} · ${instance.instance_type}`)),
      h("td", { "data-label": "State" }, instance.state, h("span", { class: "soft block" }, instance.in_service ? "in service" : "out of service")),
      h("td", { "data-label": "Health" }, reports.has(instance.id) ? [health(reports.get(instance.id).Color, reports.get(instance.id).HealthStatus), reports.get(instance.id).Causes?.map((cause) => h("span", { class: "soft block" }, cause))] : "—"),
      h("td", { "data-label": "Version" }, instance.version_label ?? "—"),
      h("td", { "data-label": "Launched" }, age(instance.launched_at, present())),
      h("td", { "data-label": "Requests", class: "number" }, Object.entries(instance.requests).map(([code, number]) => `${number} × ${code}`).join(", ") || "none"))))));
}

async function instance(id, tab, path, isWanted) {
  const instance = state.fleet.instances.find((instance) => instance.id === id);
  if (!instance) return patch($("#instance"), id && h("p", { class: "nothing" }, `${id} is gone.`));
  const tabs = [["commands", "Commands", commands], ["disk", "Disk", disk], ["logs", "Logs", logs]];
  const [current, , draw] = tabs.find(([key]) => key === tab) ?? tabs[0];
  const content = await draw(id, path);
  if (!isWanted()) return undefined; // another part was chosen meanwhile
  patch($("#instance"), h("section", { class: "card", "aria-label": `Instance ${id}` },
    h("div", { class: "row" }, h("h2", { class: "mono" }, id), h("div", { class: "segments" }, tabs.map(([key, words]) => h("a", { class: "button small", href: `#instances/${id}/${key}`, "aria-current": key === current ? "true" : null }, words)))),
    h("div", { "data-key": current }, content)));
  return undefined;
}

const root = (id) => `/environments/${state.environment.EnvironmentId}/instances/${id}`;

async function commands(id) {
  const { commands: rows } = await control("GET", `${root(id)}/commands`);
  if (rows.length === 0) return h("p", { class: "nothing" }, "No command has ended on it yet.");
  return h("ul", { class: "events" }, rows.map((command) => h("li", { class: command.failed ? "error" : "", "data-key": command.at + command.command },
    time(Date.parse(command.at), present()),
    h("span", { class: "severity" }, command.failed ? "failed" : "done"),
    h("span", { class: "message" }, `${command.command}${command.version_label ? ` ${command.version_label}` : ""}${command.deployment_id ? `, deployment ${command.deployment_id}` : ""}${command.timed_out ? ", timed out" : ""}`,
      command.outcomes.length > 0 && h("pre", { tabindex: "0", "aria-label": "What was carried out" }, h("code", {}, command.outcomes.map((outcome) => `[${outcome.ending}${outcome.status === null ? "" : ` ${outcome.status}`}] ${[outcome.phase, outcome.name].filter(Boolean).join(" ")}: ${outcome.line}${outcome.output ? `\n    ${outcome.output.trim().replaceAll("\n", "\n    ")}` : ""}`).join("\n")))))));
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
    h("tbody", {}, listing.entries.map((entry) => h("tr", {},
      h("th", { scope: "row" }, h("a", { class: "mono", href: `#instances/${id}/disk/${[...path, entry.name].map(encodeURIComponent).join("/")}` }, `${entry.name}${entry.kind === "folder" ? "/" : ""}`), entry.target && h("span", { class: "soft" }, ` → ${entry.target}`)),
      h("td", { class: "mono" }, entry.mode ?? ""), h("td", {}, entry.owner ? `${entry.owner}:${entry.group}` : ""), h("td", { class: "number" }, entry.size ?? ""))))),
    listing.is_cut && h("p", { class: "soft" }, "There are more names than are listed.")];
}

function crumbs(id, path) {
  return h("p", { class: "crumbs mono" }, h("a", { href: `#instances/${id}/disk` }, "/"), path.map((name, index) => [" ", h("a", { href: `#instances/${id}/disk/${path.slice(0, index + 1).map(encodeURIComponent).join("/")}` }, name), index < path.length - 1 && " /"]));
}

async function logs(id) {
  const named = { EnvironmentId: state.environment.EnvironmentId, InfoType: "tail" };
  const { EnvironmentInfo: samples } = await look("RetrieveEnvironmentInfo", named);
  const mine = samples.find((sample) => sample.Ec2InstanceId === id);
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
