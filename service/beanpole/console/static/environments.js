// The page of all environments.

import { account, all, control, look, region } from "./api.js";
import { open, settings } from "./actions.js";
import { $, h, patch } from "./dom.js";
import { ago, health, platform, status } from "./words.js";
import { attempt, clockKnown, link, present, start } from "./shell.js";

const rows = new Map(); // by id, in the order of the first answer
let latest = 0;
const filters = $("#filters");

async function draw() {
  const found = await control("GET", `/environments?after=${latest}`);
  if (found.generation < latest || found.total < rows.size) return readAnew();
  for (const row of found.environments) rows.set(row.id, row);
  latest = found.generation;
  await clockKnown();
  show();
}

async function readAnew() {
  rows.clear();
  latest = 0;
  const found = await control("GET", "/environments");
  for (const row of found.environments) rows.set(row.id, row);
  latest = found.generation;
  show();
}

/** After a reset the lines are of another world. */
function forget(name) {
  if (name !== "reset") return;
  rows.clear();
  latest = 0;
}

function show() {
  const listed = [...rows.values()].sort((one, other) => (one.status === "Terminated") - (other.status === "Terminated") || one.name.localeCompare(other.name));
  const chosen = listed.filter(passes);
  patch($("#tally"), tally(listed));
  patch($("#list"), listed.length === 0 ? empty() : chosen.length === 0 ? h("p", { class: "nothing" }, "No environment passes the filter.") : table(chosen));
  $("#list").removeAttribute("aria-busy");
  $("#filters").hidden = listed.length === 0;
}

function passes(row) {
  const { text, status: wanted, health: color } = Object.fromEntries(new FormData(filters));
  const all = [row.name, row.id, row.application, row.version_label, row.platform, row.cname].join(" ").toLowerCase();
  return text.toLowerCase().split(/\s+/).every((word) => all.includes(word)) && (!wanted || row.status === wanted) && (!color || row.health === color);
}

function tally(listed) {
  const live = listed.filter((row) => row.status !== "Terminated");
  const counts = Map.groupBy ? [...Map.groupBy(live, (row) => row.health)].map(([color, some]) => [color, some.length]) : [];
  const order = ["Red", "Yellow", "Grey", "Green"];
  return counts.sort(([one], [other]) => order.indexOf(one) - order.indexOf(other)).map(([color, number]) => health(color, `${number} ${color.toLowerCase()}`));
}

function table(chosen) {
  const heads = ["Environment", "Status", "Health", "Version", "In service", "Platform", "Last event"];
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Environments" }, h("table", { class: "list cards" },
    h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head)))),
    h("tbody", {}, chosen.map((row) => h("tr", { "data-key": row.id, class: row.status === "Terminated" ? "over" : null },
      h("th", { scope: "row" }, h("a", { href: link(`/environments/${encodeURIComponent(row.id)}`) }, row.name), h("span", { class: "soft block" }, row.application)),
      cell("Status", status(row.status)),
      cell("Health", health(row.health, row.health_status)),
      cell("Version", row.version_label ?? "—"),
      cell("In service", h("span", { class: "number" }, `${row.in_service}`, h("span", { class: "soft" }, ` of ${row.instances}`))),
      cell("Platform", platform(row.platform)),
      cell("Last event", h("span", { "data-at": row.last_event }, row.last_event ? ago(Date.parse(row.last_event), present()) : "—")))))));
}

const cell = (label, ...children) => h("td", { "data-label": label }, ...children);

function empty() {
  const endpoint = location.origin;
  const lines = [
    `export AWS_ENDPOINT_URL_ELASTIC_BEANSTALK=${endpoint} AWS_ACCESS_KEY_ID=${account} AWS_SECRET_ACCESS_KEY=any AWS_DEFAULT_REGION=${region}`,
    "aws elasticbeanstalk create-application --application-name shop",
    `aws elasticbeanstalk create-environment --application-name shop --environment-name shop-web --solution-stack-name '${stack ?? "64bit Amazon Linux 2023 v4.13.7 running Python 3.14"}'`,
  ];
  return h("div", { class: "empty" },
    h("h2", {}, "Nothing grows here yet"),
    h("p", {}, "Three commands plant the first environment. Or use the button above, which makes the same calls."),
    h("ol", {}, lines.map((line) => h("li", {}, h("pre", { tabindex: "0", "aria-label": "A command" }, h("code", {}, line))))));
}

let stack = null;

async function create() {
  const [stacks, applications, versions] = await Promise.all([
    look("ListAvailableSolutionStacks"),
    look("DescribeApplications"),
    all("DescribeApplicationVersions", {}, "ApplicationVersions"),
  ]);
  const names = applications.Applications.map((each) => each.ApplicationName);
  stack = stacks.SolutionStacks.find((each) => each.includes("Python")) ?? stacks.SolutionStacks[0];
  open({
    title: "Create environment",
    verb: "Create",
    said: "The environment is being launched.",
    fields: [
      { name: "application", label: "Application", value: names[0] ?? "shop", required: true, maxlength: 100, suggestions: names, hint: "A new name creates an application." },
      { name: "environment", label: "Environment name", value: names.length ? undefined : "shop-web", required: true, minlength: 4, maxlength: 40, pattern: "[A-Za-z0-9][A-Za-z0-9\\-]{2,38}[A-Za-z0-9]" },
      { name: "stack", label: "Platform", value: stack, required: true, suggestions: stacks.SolutionStacks },
      { name: "version", label: "Version label", suggestions: [...new Set(versions.map((each) => each.VersionLabel))], hint: "Without one the sample application runs. A new label creates a version." },
      { name: "prefix", label: "CNAME prefix", minlength: 4, maxlength: 63, hint: "A free one unless given." },
      { name: "tier", label: "Tier", options: [["WebServer", "Web server"], ["Worker", "Worker"]], value: "WebServer" },
      { name: "least", label: "Instances, at least", type: "number", min: 0, max: 1000 },
      { name: "most", label: "Instances, at most", type: "number", min: 1, max: 1000 },
    ],
    calls: (given) => {
      const isNew = given.application !== undefined && !names.includes(given.application);
      const hasVersion = given.version === undefined || versions.some((each) => each.ApplicationName === given.application && each.VersionLabel === given.version);
      return [
        isNew && ["CreateApplication", { ApplicationName: given.application }],
        !hasVersion && ["CreateApplicationVersion", { ApplicationName: given.application, VersionLabel: given.version }],
        ["CreateEnvironment", {
          ApplicationName: given.application,
          EnvironmentName: given.environment,
          SolutionStackName: given.stack,
          VersionLabel: given.version,
          CNAMEPrefix: given.prefix,
          Tier: given.tier === "Worker" ? { Name: "Worker", Type: "SQS/HTTP" } : undefined,
          OptionSettings: settings([["aws:autoscaling:asg", "MinSize", given.least], ["aws:autoscaling:asg", "MaxSize", given.most]]),
        }],
      ].filter(Boolean);
    },
    done: () => again(),
  });
}

filters.addEventListener("input", show);
filters.addEventListener("submit", (event) => event.preventDefault());
$("#create").addEventListener("click", () => attempt(create));
setInterval(() => {
  for (const shown of document.querySelectorAll("[data-at]")) shown.textContent = ago(Date.parse(shown.dataset.at), present());
}, 5000);
const again = await start({ draw, concerns: (name) => name === "environment" || name === "event", heard: forget, pause: 1000 });
