// The fleet over time: a lane for each instance, coloured by version and state.

import { control } from "./api.js";
import { $, h, patch, s } from "./dom.js";
import { present, readClock } from "./shell.js";
import { counted, instant, SAMPLE, span } from "./words.js";

const ZOOMS = { latest: "Latest", hour: "Hour", day: "Day", all: "All" };
const TICKS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 43200, 86400, 172800, 604800];
const LANE = 15, GAP = 4, TOP = 8, AXIS = 22, TICK = 72; // TICK: the room of an instant on the axis

let picture = null; // what was read last
let zoom = "latest";

export function startLanes() {
  new ResizeObserver(show).observe($("#lanes"));
  setInterval(() => readClock()?.mode === "wall" && !document.hidden && show(), 1000);
  drawZoom();
}

function drawZoom() {
  patch($("#zoom"), Object.entries(ZOOMS).map(([key, words]) => h("button", { type: "button", class: "small", "aria-pressed": String(key === zoom), onclick: () => ((zoom = key), drawZoom(), show()) }, words)));
}

export async function drawLanes({ environment }) {
  picture = await control("GET", `/environments/${environment.EnvironmentId}/lanes`);
  show();
}

/** Draw nothing more: the environment is gone. */
export function forgetLanes() {
  picture = null;
}

/** From which instant on the picture shows the fleet. */
function first(now) {
  const earliest = Math.min(now - 60_000, ...picture.lanes.flatMap((lane) => lane.spans.map((stretch) => Date.parse(stretch.began))));
  if (zoom === "hour") return Math.max(earliest, now - 3_600_000);
  if (zoom === "day") return Math.max(earliest, now - 86_400_000);
  return zoom === "all" ? earliest : Date.parse(picture.latest);
}

function show() {
  const box = $("#lanes");
  if (picture === null || box.clientWidth === 0) return;
  const now = present();
  const from = first(now);
  const wide = Math.max(240, box.clientWidth);
  const gutter = wide > 520 ? 86 : 54;
  const lanes = picture.lanes.filter((lane) => lane.spans.some((stretch) => shows(stretch, from, now)));
  const high = TOP + lanes.length * (LANE + GAP);
  const to = now + (now - from) * 0.01 + 1;
  const x = (at) => gutter + ((Math.max(at, from) - from) / (to - from)) * (wide - gutter - 8);
  patch($("#legend"), legend(lanes.flatMap((lane) => lane.spans.filter((stretch) => shows(stretch, from, now)))));
  if (lanes.length === 0) return patch($("#axis")), patch(box, h("p", { class: "nothing" }, "There is no instance in this span of time."));
  const marks = ticks(from, to, (wide - gutter) / TICK);
  patch(box, s("svg", { viewBox: `0 0 ${wide} ${high}`, width: wide, height: high, role: "img", "aria-label": summary(lanes) },
    marks.map((at) => s("line", { class: "grid", x1: x(at), x2: x(at), y1: TOP - 4, y2: high })),
    lanes.map((lane, index) => row(lane, TOP + index * (LANE + GAP), { x, now, from, gutter })),
    s("line", { class: "now", x1: x(now), x2: x(now), y1: TOP - 4, y2: high })));
  patch($("#axis"), s("svg", { viewBox: `0 0 ${wide} ${AXIS}`, width: wide, height: AXIS },
    marks.map((at) => s("text", { class: "tick", x: x(at), y: AXIS - 6, "text-anchor": "middle" }, instant(at, now)))));
}

/** Whether a span reaches into the time that the picture shows. */
const shows = (stretch, from, now) => (stretch.ended ? Date.parse(stretch.ended) : now) > from;

function row(lane, y, { x, now, from, gutter }) {
  const name = gutter > 60 ? `${lane.id.slice(0, 2)}…${lane.id.slice(-6)}` : lane.id.slice(-5);
  return [
    s("text", { class: "lane", x: 0, y: y + LANE - 4 }, name, s("title", {}, lane.id)),
    lane.spans.filter((stretch) => shows(stretch, from, now)).map((stretch) => {
      const left = x(Date.parse(stretch.began)), right = x(stretch.ended ? Date.parse(stretch.ended) : now);
      return s("rect", { class: stretch.kind, x: left.toFixed(1), y, width: Math.max(0.8, right - left).toFixed(1), height: LANE }, s("title", {}, title(lane, stretch, now)));
    }),
  ];
}

function title(lane, stretch, now) {
  const began = Date.parse(stretch.began), ended = stretch.ended ? Date.parse(stretch.ended) : null;
  return `${lane.id}: ${stretch.words}, ${instant(began, now)} to ${ended ? instant(ended, now) : "now"} (${span((ended ?? now) - began)})`;
}

function ticks(from, to, most) {
  const step = (TICKS.find((seconds) => (to - from) / 1000 / seconds <= Math.min(6, most)) ?? TICKS.at(-1)) * 1000;
  const marks = [];
  for (let at = Math.ceil((from + (to - from) * 0.03) / step) * step; at < to - (to - from) * 0.04; at += step) marks.push(at);
  return marks;
}

function summary(lanes) {
  const serving = lanes.map((lane) => lane.spans.at(-1)).filter((stretch) => !stretch.ended && stretch.in_service);
  const counts = new Map();
  for (const { version } of serving) counts.set(version ?? SAMPLE, (counts.get(version ?? SAMPLE) ?? 0) + 1);
  return `${counted(lanes.length, "lane")}; in service now: ${[...counts].map(([version, number]) => `${number} on ${version}`).join(", ") || "none"}`;
}

/** The kinds that are there, each sentence once. */
function legend(spans) {
  const used = new Set(spans.map((stretch) => stretch.kind));
  const entries = new Map(picture.legend.filter(({ kind }) => used.has(kind)).map(({ kind, words }) => [words, kind]));
  return [...entries].map(([words, kind]) => h("span", {}, s("svg", { width: 18, height: 11, "aria-hidden": "true" }, s("rect", { class: kind, width: 18, height: 11, rx: 2 })), words));
}
