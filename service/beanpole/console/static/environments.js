// The page of all environments.

import { account, all, control, look, region } from "./api.js";
import { CNAME_PREFIX, copier, ENVIRONMENT_NAME, open, settings } from "./actions.js";
import { $, h, merge, patch } from "./dom.js";
import { age, ago, health, platform, status } from "./words.js";
import { changed, clockKnown, link, opens, present, start } from "./shell.js";

const rows = new Map(); // by id: the lines of the table, as elements
const filters = $("#filters");
const news = { lines: new Map(), events: new Map(), isOther: false }; // what was heard and is not drawn yet

/** Draw what was heard; read everything where that is not enough. */
async function draw() {
  const { lines, events, isOther } = { ...news };
  Object.assign(news, { lines: new Map(), events: new Map(), isOther: false });
  if (isOther || !isDrawn) return readAnew();
  for (const line of lines.values()) put(line);
  for (const [id, at] of events) tellLast(id, at);
  return show();
}

async function readAnew() {
  const { environments } = await control("GET", "/environments");
  await clockKnown();
  rows.clear();
  for (const line of environments) put(line);
  isDrawn = true;
  show();
}

function put(line) {
  const next = row(line);
  if (rows.has(line.id)) merge(rows.get(line.id), next);
  else rows.set(line.id, next);
}

/** An event may come without a change of its environment. */
function tellLast(id, at) {
  const cell = rows.get(id)?.lastElementChild.firstElementChild;
  if (!cell || cell.dataset.at >= at) return;
  cell.dataset.at = at;
  cell.textContent = ago(Date.parse(at), present());
}

function heard(name, data) {
  if (name === "reset") news.isOther = true;
  if (name === "forgotten") news.isOther ||= data.total < rows.size;
  if (name === "event" && data.environment_id) news.events.set(data.environment_id, data.event_date);
  if (name === "environment") news.lines.set(data.environment_id, { ...data, id: data.environment_id, name: data.environment_name, application: data.application_name });
}

const place = (row) => `${row.dataset.status === "Terminated" ? 1 : 0} ${row.dataset.name.toLowerCase()}`;

function show() {
  const placed = [...rows.values()].map((row) => [place(row), row]);
  const listed = placed.sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0)).map(([, row]) => row);
  const chosen = listed.filter(filter());
  patch($("#tally"), tally(listed));
  patch($("#list"), listed.length === 0 ? empty() : chosen.length === 0 ? h("p", { class: "nothing" }, "No environment passes the filter.") : table());
  if (chosen.length) patch($("#list tbody"), chosen);
  $("#list").removeAttribute("aria-busy");
  filters.hidden = listed.length === 0;
}

/** Whether a line passes what is in the form now. */
function filter() {
  const { text, status, health: color } = Object.fromEntries(new FormData(filters));
  const words = text.toLowerCase().split(/\s+/);
  return ({ dataset }) => words.every((word) => dataset.words.includes(word)) && (!status || dataset.status === status) && (!color || dataset.health === color);
}

function tally(listed) {
  const live = listed.filter((row) => row.dataset.status !== "Terminated");
  const counts = ["Red", "Yellow", "Grey", "Green"].map((color) => [color, live.filter((row) => row.dataset.health === color).length]);
  return counts.filter(([, number]) => number > 0).map(([color, number]) => health(color, `${number} ${color.toLowerCase()}`));
}

// The table and its lines are those of the template, to the letter: a page that comes with them is not drawn again.

function table() {
  const heads = ["Environment", "Status", "Health", "Version", "In service", "Platform", "Last event"];
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Environments" }, h("table", { class: "list cards" },
    h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head)))),
    h("tbody", { "data-own": true })));
}

function row(line) {
  const [language, system] = platform(line.platform);
  const words = [line.name, line.id, line.application, line.version_label, line.platform, line.cname].map((word) => word ?? "").join(" ").toLowerCase();
  return h("tr", { "data-key": line.id, "data-name": line.name, "data-status": line.status, "data-health": line.health, "data-words": words, class: line.status === "Terminated" ? "over" : null },
    h("th", { scope: "row" }, h("a", { href: link(`/environments/${encodeURIComponent(line.id)}`) }, line.name), h("span", { class: "soft block" }, line.application)),
    cell("Status", status(line.status)),
    cell("Health", health(line.health, line.health_status)),
    cell("Version", line.version_label ?? "—"),
    cell("In service", h("span", { class: "number" }, `${line.in_service}`, h("span", { class: "soft" }, ` of ${line.instances}`))),
    cell("Platform", language, h("span", { class: "soft block" }, system)),
    cell("Last event", age(line.last_event, present())));
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
    h("ol", {}, lines.map((line) => h("li", {}, h("div", { class: "line" }, h("pre", { tabindex: "0", "aria-label": "A command" }, h("code", {}, line)), copier(line))))));
}

let stack = null;

async function create() {
  const [stacks, applications, versions] = await Promise.all([
    look("ListAvailableSolutionStacks"),
    look("DescribeApplications"),
    all("DescribeApplicationVersions", {}, "ApplicationVersions"),
  ]);
  const names = applications.Applications.map((application) => application.ApplicationName);
  stack = stacks.SolutionStacks.find((name) => name.includes("Python")) ?? stacks.SolutionStacks[0];
  open({
    title: "Create environment",
    verb: "Create",
    notice: "The environment is being launched.",
    fields: [
      { name: "application", label: "Application", value: names[0] ?? "shop", required: true, maxlength: 100, suggestions: names, hint: "A new name creates an application." },
      { name: "environment", label: "Environment name", value: names.length ? undefined : "shop-web", required: true, ...ENVIRONMENT_NAME },
      { name: "stack", label: "Platform", value: stack, required: true, suggestions: stacks.SolutionStacks, isWide: true },
      { name: "version", label: "Version label", suggestions: (input) => versions.filter((version) => version.ApplicationName === input.application).map((version) => version.VersionLabel), hint: "Without one the sample application runs. A new label creates a version." },
      { name: "prefix", label: "CNAME prefix", ...CNAME_PREFIX, hint: "A free one unless given." },
      { name: "tier", label: "Tier", options: [["WebServer", "Web server"], ["Worker", "Worker"]], value: "WebServer" },
      { name: "least", label: "Instances, at least", type: "number", min: 0, max: 1000 },
      { name: "most", label: "Instances, at most", type: "number", min: 1, max: 1000 },
    ],
    calls: (input) => {
      const isNew = input.application !== undefined && !names.includes(input.application);
      const hasVersion = input.version === undefined || versions.some((version) => version.ApplicationName === input.application && version.VersionLabel === input.version);
      return [
        isNew && ["CreateApplication", { ApplicationName: input.application }],
        !hasVersion && ["CreateApplicationVersion", { ApplicationName: input.application, VersionLabel: input.version }],
        ["CreateEnvironment", {
          ApplicationName: input.application,
          EnvironmentName: input.environment,
          SolutionStackName: input.stack,
          VersionLabel: input.version,
          CNAMEPrefix: input.prefix,
          Tier: input.tier === "Worker" ? { Name: "Worker", Type: "SQS/HTTP" } : undefined,
          OptionSettings: settings([["aws:autoscaling:asg", "MinSize", input.least], ["aws:autoscaling:asg", "MaxSize", input.most]]),
        }],
      ].filter(Boolean);
    },
    done: changed,
  });
}

filters.addEventListener("input", show);
filters.addEventListener("submit", (event) => event.preventDefault());
$("#create").addEventListener("click", opens(create));
for (const row of document.querySelectorAll("#list tbody tr")) rows.set(row.dataset.key, row);
let isDrawn = "position" in document.body.dataset;
if (isDrawn) show();
start({ draw, messages: ["clock", "environment", "event", "forgotten"], heard, concerns: (name) => name !== "clock", pause: 1000, is_drawn: isDrawn });
