// The events of the environment, the newest first: a page of them by the API, then each as the stream tells it.

import { look } from "./api.js";
import { $, h, patch } from "./dom.js";
import { attempt, present } from "./shell.js";
import { time } from "./words.js";

const ORDER = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
const SHOWN = 200;

let events = []; // {at, severity, message}, newest first
let older = null; // the token of the page before
let of = null;

export function startEvents() {
  const form = $("#event-filter");
  form.addEventListener("input", show);
  form.addEventListener("submit", (event) => event.preventDefault());
}

export async function drawEvents({ environment }) {
  of = environment.EnvironmentId;
  const page = await look("DescribeEvents", { EnvironmentId: of, MaxRecords: SHOWN });
  const newest = page.Events.map(read);
  const oldest = newest.at(-1)?.at ?? 0;
  const before = events.filter((event) => event.at < oldest);
  if (before.length === 0) older = page.NextToken ?? null;
  events = [...newest, ...before];
  show();
}

export function heardEvent(data) {
  if (data.environment_id !== of) return;
  const heard = { at: Date.parse(data.event_date), severity: data.severity, message: data.message };
  if (events.some((event) => event.at === heard.at && event.message === heard.message)) return;
  events = [heard, ...events].sort((one, other) => other.at - one.at);
  show();
}

const read = (row) => ({ at: Math.round(row.EventDate * 1000), severity: row.Severity, message: row.Message });

async function more() {
  const page = await look("DescribeEvents", { EnvironmentId: of, MaxRecords: SHOWN, NextToken: older });
  events.push(...page.Events.map(read));
  older = page.NextToken ?? null;
  show();
}

function show() {
  const { severity, text } = Object.fromEntries(new FormData($("#event-filter")));
  const least = ORDER.indexOf(severity);
  const chosen = events.filter((event) => ORDER.indexOf(event.severity) >= least && event.message.toLowerCase().includes(text.toLowerCase()));
  patch($("#events"),
    chosen.length === 0 ? h("p", { class: "nothing" }, events.length ? "No event passes the filter." : "Nothing was told yet.")
      : h("ul", { class: "events" }, chosen.map((event) => h("li", { class: event.severity.toLowerCase(), "data-key": `${event.at}|${event.message}` }, time(event.at, present()), h("span", { class: "severity" }, event.severity), h("span", { class: "message" }, event.message)))),
    older && h("div", { class: "buttons start" }, h("button", { type: "button", class: "small", onclick: () => attempt(more) }, "Older events")));
}
