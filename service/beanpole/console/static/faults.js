// The page of faults: those that are armed, and a form to arm another, made of the table by which the route checks one.

import { copier } from "./actions.js";
import { control, curl, Refused } from "./api.js";
import { $, h, patch } from "./dom.js";
import { sends } from "./once.js";
import { attempt, changed, detail, start, toast } from "./shell.js";

const form = $("#arm");
let armed = [];

async function draw() {
  armed = (await control("GET", "/faults")).faults;
  $("#disarm-all").hidden = armed.length === 0;
  patch($("#armed"), armed.length ? table() : h("p", { class: "nothing" }, "No fault is armed: every call and every plan takes its course."));
}

function table() {
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Armed faults" }, h("table", { class: "list cards" },
    h("thead", {}, h("tr", {}, ["Fault", "Where", "How", "Hits", "Disarm"].map((head) => h("th", { scope: "col" }, head)))),
    h("tbody", {}, armed.map((fault) => h("tr", { "data-key": fault.id },
      h("th", { scope: "row" }, fault.what, h("span", { class: "soft block mono" }, fault.id)),
      h("td", { "data-label": "Where" }, pairs(fault.where) || "everywhere"),
      h("td", { "data-label": "How" }, pairs(others(fault)) || "—"),
      h("td", { "data-label": "Hits" }, h("span", { class: "number" }, fault.fired), fault.times ? h("span", { class: "soft" }, ` of ${fault.times}`) : null),
      h("td", { "data-label": "Disarm" }, h("button", { type: "button", class: "small", "aria-label": `Disarm ${fault.id}`, onclick: () => disarm(fault.id) }, "Disarm")))))));
}

function others(fault) {
  const { id, what, where, fired, times, ...rest } = fault;
  return rest;
}

function pairs(members) {
  return Object.entries(members ?? {}).filter(([, value]) => value !== null).map(([name, value]) => `${name.replaceAll("_", " ")} ${Array.isArray(value) ? value.join(", ") : value}`).join(" · ");
}

async function disarm(id) {
  const answer = await attempt(() => control("DELETE", id ? `/faults?id=${id}` : "/faults"));
  if (answer) toast(answer.disarmed.length === 1 ? `${answer.disarmed[0]} is disarmed.` : `${answer.disarmed.length} faults are disarmed.`);
  changed();
}

function choose() {
  const what = form.elements.what.value;
  $("#meaning").textContent = form.elements.what.selectedOptions[0].dataset.meaning;
  let own = 0;
  for (const field of form.querySelectorAll("[data-of]")) {
    const applies = field.dataset.of.split(" ").includes(what);
    const input = $("input, select", field);
    field.hidden = !applies;
    input.disabled = !applies;
    input.required = applies && field.dataset.neededBy.split(" ").includes(what);
    field.classList.toggle("required", input.required);
    if (applies && !input.name.startsWith("where.")) own += 1;
  }
  $(".none", form).hidden = own > 0;
  show();
}

function body() {
  const fault = { what: form.elements.what.value };
  for (const input of form.querySelectorAll("[data-holds]:enabled")) {
    if (input.value.trim() === "") continue;
    const value = typed(input);
    if (input.name.startsWith("where.")) (fault.where ??= {})[input.name.slice(6)] = value;
    else fault[input.name] = value;
  }
  return fault;
}

function typed(input) {
  const text = input.value.trim();
  if (input.dataset.holds === "number" || input.dataset.holds === "integer") return Number(text);
  if (input.dataset.holds === "texts") return text.split(",").map((part) => part.trim()).filter(Boolean);
  return input.dataset.holds === "instance" && /^[0-9]+$/.test(text) ? Number(text) : text;
}

function show() {
  const line = curl("POST", "/faults", body());
  $("#arm-line").textContent = line;
  patch($("#arm-copy"), copier(line));
}

async function arm() {
  patch($("#arm-error"));
  try {
    const fault = await control("POST", "/faults", body());
    toast(`${fault.id} is armed.`);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    patch($("#arm-error"), `${error.message}${detail(error.errors)}`);
  }
  changed();
}

form.elements.what.addEventListener("change", choose);
form.addEventListener("input", show);
form.addEventListener("submit", sends(arm));
$("#disarm-all").addEventListener("click", () => disarm());
choose();
start({ draw, messages: ["clock", "faults"], concerns: (name) => name === "faults" });
