// The page of the account's clock.

import { control, look } from "./api.js";
import { $, h, patch } from "./dom.js";
import { sends } from "./once.js";
import { advance, attempt, link, onClock, present, readClock, setClock, start } from "./shell.js";
import { instant, span, time } from "./words.js";

const SPANS = [["1 min", 60], ["5 min", 300], ["15 min", 900], ["1 h", 3600], ["6 h", 21600], ["1 d", 86400], ["1 week", 604800]];
const REACH = 7200; // seconds that the slider spans

let due = [];
let waiting = []; // environments that can be waited for

async function draw() {
  const [next, described] = await Promise.all([control("GET", "/due"), look("DescribeEnvironments", { IncludeDeleted: false })]);
  due = next.due;
  waiting = described.Environments.filter((environment) => environment.Status !== "Terminated");
  show();
}

function show() {
  const clock = readClock();
  if (!clock) return;
  const manual = clock.mode === "manual";
  patch($("#now"), face(clock, manual));
  patch($("#move"), manual ? moves() : h("p", { class: "soft" }, "A wall clock moves by itself. Freeze it, and it moves only when you say so."));
  patch($("#due"), due.length ? table() : h("p", { class: "nothing" }, "Nothing is due: no environment is there, or none will change by itself."));
}

function face(clock, manual) {
  return [
    h("p", { class: "reading" }, h("span", { id: "reading", class: "mono" }, instant(present(), 0).replace(" ", "  "))),
    h("p", { class: "soft" }, manual ? "It stands still until it is moved." : clock.speed === "instant" ? "It shows real time, and nothing takes any." : `It shows real time, and everything takes ${clock.speed === 1 ? "as long as on the service" : `1/${clock.speed} of its time on the service`}.`, `${clock.seed === undefined ? "" : ` Seed ${clock.seed}.`}`),
    h("div", { class: "buttons start" },
      manual
        ? h("button", { type: "button", class: "primary", id: "thaw", onclick: () => put({ mode: "wall" }) }, "Let it run")
        : h("button", { type: "button", class: "primary", id: "freeze", onclick: () => put({ mode: "manual" }) }, "Freeze")),
    h("form", { class: "form inline", onsubmit: sends(speed) },
      h("label", { class: "field" }, h("span", {}, "Speed: how many times faster, or instant"), h("input", { name: "speed", value: clock.speed, required: true, pattern: "instant|[0-9]+(\\.[0-9]+)?", list: "speeds" })),
      h("datalist", { id: "speeds" }, ["1", "10", "60", "600", "instant"].map((speed) => h("option", { value: speed }))),
      h("button", {}, "Set speed")),
  ];
}

async function put(members) {
  const clock = await attempt(() => control("PUT", "/clock", members));
  if (clock) setClock(clock);
}

function speed(form) {
  const speed = new FormData(form).get("speed").trim();
  return put({ speed: speed === "instant" ? speed : Number(speed) });
}

function moves() {
  const marks = [...new Set(due.map((row) => Math.round((Date.parse(row.at) - present()) / 1000)).filter((seconds) => seconds > 0 && seconds <= REACH))];
  return [
    h("div", { class: "buttons start", role: "group", "aria-label": "Advance by" }, SPANS.map(([label, seconds]) => h("button", { type: "button", "data-repeats": true, onclick: () => advance({ seconds }) }, `+${label}`))),
    h("form", { class: "form", onsubmit: sends(slide) },
      h("label", { class: "field" }, h("span", { id: "slider-label" }, "Slide to a moment; marks are what is due"),
        h("input", { type: "range", name: "seconds", id: "slider", min: 0, max: REACH, step: 1, value: 0, list: "marks", oninput: (event) => ($("#target").textContent = aim(event.currentTarget.valueAsNumber)), onchange: (event) => event.currentTarget.form.requestSubmit() }),
        h("datalist", { id: "marks" }, marks.map((seconds) => h("option", { value: seconds })))),
      h("output", { id: "target", for: "slider", class: "mono soft" }, aim($("#slider")?.valueAsNumber ?? 0))),
    waiting.length > 0 && h("form", { class: "form inline", onsubmit: sends(until) },
      h("label", { class: "field" }, h("span", {}, "Until"), h("select", { name: "environment", required: true }, waiting.map((environment) => h("option", {}, environment.EnvironmentName)))),
      h("label", { class: "field" }, h("span", {}, "is"), h("select", { name: "status" }, ["Ready", "Terminated"].map((word) => h("option", {}, word)))),
      h("button", {}, "Advance")),
    h("form", { class: "form inline", onsubmit: sends(by) },
      h("label", { class: "field" }, h("span", {}, "By seconds"), h("input", { type: "number", name: "seconds", min: 0, step: "any", required: true, value: 30 })),
      h("button", {}, "Advance")),
  ];
}

const aim = (seconds) => `${instant(present() + seconds * 1000, present())} (+${span(seconds * 1000)})`;

async function slide() {
  const seconds = $("#slider").valueAsNumber;
  if (seconds > 0) await advance({ seconds });
  $("#slider").value = 0;
  $("#target").textContent = aim(0);
}

function until(form) {
  return advance({ until: Object.fromEntries(new FormData(form)) });
}

function by(form) {
  return advance({ seconds: Number(new FormData(form).get("seconds")) });
}

function table() {
  const manual = readClock().mode === "manual";
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Due next" }, h("table", { class: "list cards" },
    h("thead", {}, h("tr", {}, ["At", "In", "Who", "What", manual && "Go there"].filter(Boolean).map((head) => h("th", { scope: "col" }, head)))),
    h("tbody", {}, due.map((row) => h("tr", { "data-key": `${row.region}|${row.kind}|${row.id}` },
      h("td", { "data-label": "At" }, time(Date.parse(row.at), present())),
      h("td", { "data-label": "In" }, h("span", { "data-due": row.at }, left(row.at))),
      h("td", { "data-label": "Who" }, row.name ? h("a", { href: link(`/environments/${row.id}`) }, row.name) : h("span", { class: "mono" }, row.id)),
      h("td", { "data-label": "What" }, row.what),
      manual && h("td", { "data-label": "Go there" }, h("button", { type: "button", class: "small", "aria-label": `Advance to ${row.at}`, onclick: () => advance(Date.parse(row.at) > present() ? { to: row.at } : { seconds: 0 }) }, "Advance")))))));
}

const left = (at) => (Date.parse(at) > present() ? span(Date.parse(at) - present()) : "now");

onClock(show);
setInterval(() => {
  if (readClock()?.mode !== "wall") return;
  $("#reading").textContent = instant(present(), 0).replace(" ", "  ");
  for (const label of document.querySelectorAll("[data-due]")) label.textContent = left(label.dataset.due);
}, 1000);
start({ draw, messages: ["clock", "environment", "forgotten"], concerns: (name) => name === "clock" || name === "environment" });
