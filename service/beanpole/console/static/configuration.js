// The configuration: what is set and where it comes from, the defaults, and the differences from another.

import { control, look } from "./api.js";
import { open } from "./actions.js";
import { $, h, patch } from "./dom.js";
import { attempt, changed, opens } from "./shell.js";

let state = null;
let read = null; // {rows, others}
let filter = { text: "", set: true };
let other = null; // {title, values}

export function startConfiguration() {
  $("#configuration-tools").addEventListener("input", (event) => {
    if (event.target.name === "text") filter.text = event.target.value.toLowerCase();
    if (event.target.name === "set") filter.set = event.target.checked;
    if (event.target.name === "other") return attempt(() => compare(event.target.value));
    return show();
  });
}

const key = (row) => `${row.Namespace}|${row.OptionName ?? row.Name}|${row.Namespace === "aws:autoscaling:scheduledaction" ? row.ResourceName : ""}`;

export async function drawConfiguration(next) {
  state = next;
  const { ApplicationName, EnvironmentName, EnvironmentId, Status } = state.environment;
  if (Status === "Terminated") return patch($("#settings"), h("p", { class: "nothing" }, "A terminated environment has no configuration."));
  const [settings, options, sources, applications, environments] = await Promise.all([
    look("DescribeConfigurationSettings", { ApplicationName, EnvironmentName }),
    look("DescribeConfigurationOptions", { EnvironmentName }),
    control("GET", `/environments/${EnvironmentId}/settings`),
    look("DescribeApplications", { ApplicationNames: [ApplicationName] }),
    look("DescribeEnvironments", { ApplicationName, IncludeDeleted: false }),
  ]);
  const defaults = new Map(options.Options.map((option) => [key(option), option]));
  const from = new Map(sources.settings.map((setting) => [`${setting.namespace}|${setting.option_name}`, setting.source]));
  const deployed = settings.ConfigurationSettings.find((description) => description.DeploymentStatus !== "failed") ?? settings.ConfigurationSettings[0];
  read = {
    rows: deployed.OptionSettings.map((setting) => ({ ...setting, standard: defaults.get(key(setting))?.DefaultValue, severity: defaults.get(key(setting))?.ChangeSeverity, source: from.get(`${setting.Namespace}|${setting.OptionName}`) })),
    others: [
      ...(applications.Applications[0]?.ConfigurationTemplates ?? []).map((name) => [`template/${name}`, `saved configuration ${name}`]),
      ...environments.Environments.filter((environment) => environment.EnvironmentId !== EnvironmentId && environment.Status !== "Terminated").map((environment) => [`environment/${environment.EnvironmentName}`, `environment ${environment.EnvironmentName}`]),
    ],
  };
  patch($("#configuration-tools"), tools());
  show();
  return undefined;
}

function tools() {
  return h("div", { class: "filters tight" },
    h("label", { class: "grow" }, h("span", { class: "sr" }, "Filter by name or value"), h("input", { type: "search", name: "text", placeholder: "Filter by name or value" })),
    h("label", { class: "check" }, h("input", { type: "checkbox", name: "set", checked: filter.set }), "only what is set or differs"),
    h("label", {}, h("span", { class: "sr" }, "Compare with"), h("select", { name: "other" }, h("option", { value: "" }, "Compare with…"), read.others.map(([value, words]) => h("option", { value, selected: other?.value === value }, words)))),
    h("button", { type: "button", "aria-haspopup": "dialog", onclick: opens(() => change()) }, "Set an option"));
}

async function compare(value) {
  if (!value) {
    other = null;
    return show();
  }
  const [kind, ...rest] = value.split("/");
  const named = kind === "template" ? { TemplateName: rest.join("/") } : { EnvironmentName: rest.join("/") };
  const { ConfigurationSettings: [description] } = await look("DescribeConfigurationSettings", { ApplicationName: state.environment.ApplicationName, ...named });
  other = { value, title: rest.join("/"), rows: new Map(description.OptionSettings.map((setting) => [key(setting), setting])) };
  return show();
}

function show() {
  if (read === null) return;
  const rows = new Map(read.rows.map((row) => [key(row), row]));
  for (const [name, row] of other?.rows ?? []) if (!rows.has(name)) rows.set(name, { ...row, Value: undefined });
  const chosen = [...rows.values()].filter((row) => {
    const differs = other && (other.rows.get(key(row))?.Value ?? "") !== (row.Value ?? "");
    const passes = !filter.set || (other ? differs : row.source);
    return passes && `${row.Namespace} ${row.OptionName} ${row.Value} ${row.source ?? ""}`.toLowerCase().includes(filter.text);
  });
  const heads = ["Option", other ? state.environment.EnvironmentName : "Value", other ? other.title : "Default", "From", "Change"];
  patch($("#settings"), chosen.length === 0
    ? h("p", { class: "nothing" }, other ? "Nothing differs." : filter.set ? "Nothing is set: every option has its default." : "No option passes the filter.")
    : h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Settings" }, h("table", { class: "list cards" },
      h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head)))),
      h("tbody", {}, chosen.map((row) => h("tr", { "data-key": key(row) },
        h("th", { scope: "row" }, row.OptionName, h("span", { class: "soft block mono" }, row.Namespace)),
        h("td", { "data-label": heads[1] }, value(row.Value)),
        h("td", { "data-label": heads[2], class: "soft" }, value(other ? other.rows.get(key(row))?.Value : row.standard)),
        h("td", { "data-label": "From" }, row.source ?? h("span", { class: "soft" }, "default")),
        h("td", { "data-label": "Change" }, h("button", { type: "button", class: "small", "aria-haspopup": "dialog", "aria-label": `Change ${row.OptionName}`, onclick: opens(() => change(row)) }, "Change"))))))));
}

const value = (text) => (text === undefined || text === null || text === "" ? "—" : h("span", { class: "mono" }, text));

function change(row) {
  const { EnvironmentId, EnvironmentName } = state.environment;
  const names = read.rows.map((row) => `${row.Namespace} ${row.OptionName}`);
  open({
    title: row ? `Change ${row.OptionName}` : `Set an option of ${EnvironmentName}`,
    verb: "Update",
    notice: "The environment is being updated.",
    fields: [
      { name: "namespace", label: "Namespace", value: row?.Namespace, required: true, suggestions: row ? undefined : [...new Set(names.map((name) => name.split(" ")[0]))] },
      { name: "option", label: "Option", value: row?.OptionName, required: true },
      { name: "value", label: "Value", value: row?.Value, hint: row?.severity ? `To change it ${{ NoInterruption: "interrupts nothing", RestartEnvironment: "replaces instances", RestartApplicationServer: "restarts the application servers" }[row.severity] ?? "is Unknown"}.` : "Without a value the option gets its default." },
    ],
    calls: (input) => [["UpdateEnvironment", {
      EnvironmentId,
      ...(input.value === undefined
        ? { OptionsToRemove: [{ Namespace: input.namespace, OptionName: input.option }] }
        : { OptionSettings: [{ Namespace: input.namespace, OptionName: input.option, ...(row?.Namespace === "aws:autoscaling:scheduledaction" ? { ResourceName: row.ResourceName } : {}), Value: input.value }] }),
    }]],
    done: changed,
  });
}
