// The page of the journal: the last calls of the account, searched by the server.

import { control } from "./api.js";
import { $, h, patch } from "./dom.js";
import { gathered } from "./live.js";
import { link, start } from "./shell.js";
import { time } from "./words.js";

const SHOWN = 100;
const SERVICES = new Map([["elasticbeanstalk", "Elastic Beanstalk"], ["ec2", "EC2"], ["autoscaling", "Auto Scaling"], ["elb", "Elastic Load Balancing"], ["elbv2", "Elastic Load Balancing v2"]]);
const form = $("#filters");
const unfolded = new Set(); // numbers of the calls whose details are shown

let pages = 1;

async function draw() {
  const calls = [];
  const search = [...new FormData(form)].filter(([, value]) => value);
  let answer = { next: null, is_on: true };
  for (let page = 0; page < pages && (page === 0 || answer.next !== null); page += 1) {
    const before = page === 0 ? [] : [["before", answer.next]];
    answer = await control("GET", `/journal?${new URLSearchParams([...search, ["count", SHOWN], ...before])}`);
    calls.push(...answer.calls);
  }
  show(calls, answer, search.length > 0);
}

function show(calls, { next, is_on }, isSearch) {
  $("#calls").removeAttribute("aria-busy");
  patch($("#calls"),
    !is_on && h("p", { class: "nothing" }, "The journal is off: the server was started with --no-journal."),
    is_on && calls.length === 0 && h("p", { class: "nothing" }, isSearch ? "No call passes the search." : "No call was made yet. Each call of a client is shown here as soon as it is answered; what the console itself reads is not."),
    calls.length > 0 && h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Table of calls" }, h("table", { class: "list cards" },
      h("thead", {}, h("tr", {}, ["When", "Operation", "Service", "Answer", "Changed", "Took", "Client"].map((head) => h("th", { scope: "col" }, head)))),
      h("tbody", {}, calls.map(row)))),
    next !== null && h("div", { class: "buttons start" }, h("button", { type: "button", class: "small", onclick: () => ((pages += 1), again()) }, "Older calls")));
}

function row(call) {
  const open = unfolded.has(call.number);
  return [
    h("tr", { "data-key": `call-${call.number}` },
      h("td", { "data-label": "When" }, time(Date.parse(call.at), Date.now())),
      h("th", { scope: "row" }, h("button", { type: "button", class: "fold", "aria-expanded": String(open), onclick: () => (open ? unfolded.delete(call.number) : unfolded.add(call.number), again()) }, call.operation ?? "no operation"), h("span", { class: "soft block" }, brief(call.parameters))),
      h("td", { "data-label": "Service", class: "soft service" }, SERVICES.get(call.service) ?? call.service),
      h("td", { "data-label": "Answer" }, call.error ? h("span", { class: "pill red" }, call.error) : h("span", { class: "pill green" }, String(call.status))),
      h("td", { "data-label": "Changed" }, call.changed.length ? call.changed.slice(0, 4).map(changed) : h("span", { class: "soft" }, "—")),
      h("td", { "data-label": "Took", class: "number" }, `${call.milliseconds.toFixed(1)} ms`),
      h("td", { "data-label": "Client", class: "soft client" }, client(call.client))),
    open && h("tr", { "data-key": `details-${call.number}`, class: "details" }, h("td", { colspan: 7 },
      call.message && h("p", {}, call.message),
      h("pre", { tabindex: "0", "aria-label": "Parameters" }, h("code", {}, JSON.stringify(call.parameters, null, 2))),
      h("p", { class: "soft" }, "Request ", h("span", { class: "mono" }, call.request_id), ` in ${call.region}`, call.now && [", at ", h("span", { class: "mono" }, call.now), " on the account's clock"], ", by ", call.client ?? "an unnamed client"))),
  ];
}

function changed(words) {
  const [kind, ...name] = words.split(" ");
  return h("span", { class: "block" }, `${kind} `, kind === "environment" ? h("a", { href: link(`/environments/${encodeURIComponent(name.join(" "))}`) }, name.join(" ")) : name.join(" "));
}

function brief(parameters) {
  const flat = Object.entries(parameters).filter(([name]) => !["Action", "Version"].includes(name)).map(([name, value]) => `${name}=${typeof value === "object" ? JSON.stringify(value) : value}`).join(" ");
  return flat.length > 110 ? `${flat.slice(0, 110)}…` : flat;
}

function client(text) {
  if (!text) return "—";
  if (text.startsWith("Mozilla/")) return "a browser";
  return text.split(" ")[0];
}

const again = start({ draw, messages: ["clock", "call"], concerns: (name) => name === "call" });
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("input", gathered(() => {
  pages = 1;
  again();
}, 200));
