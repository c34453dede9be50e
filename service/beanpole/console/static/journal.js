// The page of the journal: the last calls of the account, searched by the server.

import { control } from "./api.js";
import { $, h, patch } from "./dom.js";
import { gathered } from "./live.js";
import { link, start } from "./shell.js";
import { time } from "./words.js";

const SHOWN = 100;
const SERVICES = { elasticbeanstalk: "Elastic Beanstalk", ec2: "EC2", autoscaling: "Auto Scaling", elb: "Elastic Load Balancing", elbv2: "Elastic Load Balancing v2" };
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

function row(each) {
  const open = unfolded.has(each.number);
  return [
    h("tr", { "data-key": `call-${each.number}` },
      h("td", { "data-label": "When" }, time(Date.parse(each.at), Date.now())),
      h("th", { scope: "row" }, h("button", { type: "button", class: "fold", "aria-expanded": String(open), onclick: () => (open ? unfolded.delete(each.number) : unfolded.add(each.number), again()) }, each.operation ?? "no operation"), h("span", { class: "soft block" }, brief(each.parameters))),
      h("td", { "data-label": "Service", class: "soft service" }, SERVICES[each.service] ?? each.service),
      h("td", { "data-label": "Answer" }, each.error ? h("span", { class: "pill red" }, each.error) : h("span", { class: "pill green" }, String(each.status))),
      h("td", { "data-label": "Changed" }, each.changed.length ? each.changed.slice(0, 4).map(changed) : h("span", { class: "soft" }, "—")),
      h("td", { "data-label": "Took", class: "number" }, `${each.milliseconds.toFixed(1)} ms`),
      h("td", { "data-label": "Client", class: "soft client" }, client(each.client))),
    open && h("tr", { "data-key": `details-${each.number}`, class: "details" }, h("td", { colspan: 7 },
      each.message && h("p", {}, each.message),
      h("pre", { tabindex: "0", "aria-label": "Parameters" }, h("code", {}, JSON.stringify(each.parameters, null, 2))),
      h("p", { class: "soft" }, "Request ", h("span", { class: "mono" }, each.request_id), ` in ${each.region}`, each.now && [", at ", h("span", { class: "mono" }, each.now), " on the account's clock"], ", by ", each.client ?? "an unnamed client"))),
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

const again = start({ draw, messages: "clock,call", concerns: (name) => name === "call" });
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("input", gathered(() => {
  pages = 1;
  again();
}, 200));
