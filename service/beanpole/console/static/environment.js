// The page of one environment.

import { account, control, environment as nameOrId, look, region, Refused } from "./api.js";
import { drawConfiguration, startConfiguration } from "./configuration.js";
import { changes } from "./changes.js";
import { $, h, patch } from "./dom.js";
import { drawEvents, heardEvent, startEvents } from "./events.js";
import { drawInstances } from "./instances.js";
import { drawLanes, forgetLanes, startLanes } from "./lanes.js";
import { drawPlan } from "./plan.js";
import { drawVersions } from "./versions.js";
import { attempt, clockKnown, link, onClock, present, readClock, start } from "./shell.js";
import { counted, health, instant, path, platform, SAMPLE, status } from "./words.js";

const PARTS = ["overview", "instances", "configuration", "versions"];

const WITHOUT_CAUSES = { Launching: "The environment is being launched.", Terminated: "The environment is terminated." };

let state = null; // what was read last: {environment, fleet, report, answers}

async function described() {
  for (const name of ["EnvironmentIds", "EnvironmentNames"]) {
    const { Environments: environments } = await look("DescribeEnvironments", { [name]: [nameOrId] });
    if (environments.length) return environments.find((environment) => environment.Status !== "Terminated") ?? environments[0];
  }
  return null;
}

async function draw() {
  const environment = await described();
  $("#missing").hidden = environment !== null;
  $("#there").hidden = environment === null;
  if (environment === null) {
    state = null;
    forgetLanes();
    return;
  }
  const id = environment.EnvironmentId;
  const [fleet, report, answers] = await Promise.all([control("GET", `/environments/${id}/fleet`), reported(environment), named(environment)]);
  await clockKnown();
  state = { environment, fleet, report, answers };
  show();
  await Promise.all([drawLanes(state), drawEvents(state)]);
  await drawPart();
}

/** Its health in full; null where health is basic, and of a terminated one. */
async function reported(environment) {
  if (environment.Status === "Terminated" || !environment.HealthStatus) return null;
  try {
    return await look("DescribeEnvironmentHealth", { EnvironmentId: environment.EnvironmentId, AttributeNames: ["All"] });
  } catch (error) {
    if (error instanceof Refused) return null;
    throw error;
  }
}

/** Who answers its CNAME. */
async function named(environment) {
  if (!environment.CNAME || environment.Status === "Terminated") return [];
  try {
    return (await control("GET", `/cnames/${encodeURIComponent(environment.CNAME)}`)).answers;
  } catch (error) {
    if (error instanceof Refused) return [];
    throw error;
  }
}

function show() {
  const { environment, fleet } = state;
  document.title = `${environment.EnvironmentName} · beanpole`;
  $("#name").textContent = environment.EnvironmentName;
  $("#application").textContent = environment.ApplicationName;
  patch($("#state"), status(environment.Status), health(environment.Health, environment.HealthStatus));
  patch($("#facts"), facts(environment));
  patch($("#changes"), changes(state));
  patch($("#health"), causes());
  patch($("#plan"), drawPlan(fleet.plan, environment));
  patch($("#shares"), shares());
}

function facts(environment) {
  const reach = environment.CNAME ?? environment.EndpointURL;
  const isOver = environment.Status === "Terminated";
  const rows = [
    ["Version", environment.VersionLabel ?? SAMPLE],
    ["Platform", platform(environment.SolutionStackName ?? environment.PlatformArn).filter(Boolean).join(" · ")],
    ["Tier", environment.Tier.Name === "Worker" ? "worker" : "web server"],
    ["Id", h("span", { class: "mono" }, environment.EnvironmentId)],
    reach && ["Address", isOver ? h("span", { class: "soft" }, `${reach}, until it was terminated`) : h("a", { href: `/_beanpole/traffic/${region}:${account}:${environment.CNAME ?? environment.EnvironmentId}/`, target: "_blank", rel: "noopener" }, reach)],
  ];
  return rows.filter(Boolean).map(([name, value]) => h("div", {}, h("span", { class: "soft" }, name), " ", value));
}

function causes() {
  const { environment, report, fleet } = state;
  const counts = Object.entries(report?.InstancesHealth ?? {}).filter(([, number]) => number > 0);
  const causes = report?.Causes ?? [];
  return [
    h("p", {}, health(environment.Health, environment.HealthStatus), " ", h("span", { class: "soft" }, counts.length ? counts.map(([word, number]) => `${number} ${word}`).join(", ") : counted(fleet.instances.length, "instance"))),
    causes.length ? h("ul", { class: "causes" }, causes.map((cause) => h("li", {}, cause))) : h("p", { class: "soft" }, report ? "Nothing is wrong." : WITHOUT_CAUSES[environment.Status] ?? "Basic health names no causes."),
    report?.ApplicationMetrics && h("p", { class: "soft number" }, `${report.ApplicationMetrics.RequestCount} requests in ${report.ApplicationMetrics.Duration} s · 5xx ${report.ApplicationMetrics.StatusCodes?.Status5xx ?? 0} · p99 ${Math.round((report.ApplicationMetrics.Latency?.P99 ?? 0) * 1000)} ms`),
  ];
}

function shares() {
  const { fleet, answers, environment } = state;
  const sides = fleet.shares;
  const others = answers.filter((answerer) => answerer.environment_id !== environment.EnvironmentId || answerer.until);
  const none = sides.every((side) => Object.keys(side.versions).length === 0);
  return [
    sides.length === 0 ? h("p", { class: "soft" }, "A worker takes its work from a queue.") : none ? h("p", { class: "soft" }, "No instance is in service.") : h("div", { class: "shares" }, sides.map(share)),
    others.length > 0 && h("p", { class: "soft" }, `${environment.CNAME} is answered by:`),
    others.length > 0 && h("ul", { class: "causes" }, answers.map((answerer) => h("li", {}, h("a", { href: link(`/environments/${answerer.environment_id}`) }, answerer.environment_name), ` on ${Object.entries(answerer.versions).map(([version, number]) => `${version || SAMPLE} (${number})`).join(", ") || "nothing"}`, answerer.until && h("span", { class: "soft" }, ` until ${instant(Date.parse(answerer.until), present())}, by resolvers that remember it`)))),
  ];
}

function share(side) {
  const total = Object.values(side.versions).reduce((sum, number) => sum + number, 0);
  return Object.entries(side.versions).map(([version, number]) => {
    const percent = Math.round((side.percent * number) / total);
    return h("div", { class: "share" }, h("span", {}, version || SAMPLE), h("progress", { value: percent, max: 100, "aria-label": `Share of ${version || SAMPLE}` }), h("span", { class: "number" }, `${percent} %`), h("span", { class: "soft" }, counted(number, "instance")));
  });
}

let drawn = Promise.resolve();

/** Show the part that the address names, and draw it after the one that is being drawn: an older reading would undo a newer one. */
function drawPart() {
  const [current] = chosen();
  for (const part of PARTS) document.getElementById(part).hidden = part !== current;
  for (const tab of document.querySelectorAll("#tabs a")) {
    if (tab.hash === `#${current}`) tab.setAttribute("aria-current", "true");
    else tab.removeAttribute("aria-current");
  }
  drawn = drawn.then(fillPart, fillPart);
  return drawn;
}

function chosen() {
  const [name, ...rest] = path(location.hash.slice(1));
  return [PARTS.includes(name) ? name : "overview", rest];
}

async function fillPart() {
  if (state === null) return;
  const { hash } = location;
  const [current, rest] = chosen();
  if (current === "instances") await drawInstances(state, rest, () => location.hash === hash);
  if (current === "configuration") await drawConfiguration(state);
  if (current === "versions") await drawVersions(state);
}

addEventListener("hashchange", () => attempt(drawPart));
startLanes();
startEvents();
startConfiguration();
onClock(() => state && show());
setInterval(() => state && readClock()?.mode === "wall" && state.fleet.plan && patch($("#plan"), drawPlan(state.fleet.plan, state.environment)), 1000);

/** The environment that the stream is about; of all while there is none that lives, because one may get its name. */
const about = () => (state && state.environment.Status !== "Terminated" ? state.environment.EnvironmentId : null);
const isOurs = (data) => data.environment_id === state?.environment.EnvironmentId || [data.environment_id, data.environment_name].includes(nameOrId);
const concerns = (name, data) => name === "faults" || name === "forgotten" || (["environment", "event"].includes(name) && isOurs(data));

start({ draw, messages: ["clock", "environment", "event", "faults", "forgotten"], heard: (name, data) => name === "event" && heardEvent(data), concerns, about });
