// How values are shown: instants, spans, statuses, steps of a plan.

import { h } from "./dom.js";

/** The words for an environment or an instance without a version. */
export const SAMPLE = "the sample application";

const two = (number) => String(number).padStart(2, "0");

/** An instant in milliseconds as `14:03:07`, with its date where that is not the date of `present`. */
export function instant(at, present = at) {
  const moment = new Date(at);
  const time = `${two(moment.getUTCHours())}:${two(moment.getUTCMinutes())}:${two(moment.getUTCSeconds())}`;
  const day = (each) => new Date(each).toISOString().slice(0, 10);
  return day(at) === day(present) ? time : `${day(at)} ${time}`;
}

/** The element of an instant. */
export function time(at, present) {
  return h("time", { datetime: new Date(at).toISOString(), title: new Date(at).toISOString() }, instant(at, present));
}

/** A span of milliseconds in its largest units, such as `2 min 5 s`. */
export function span(milliseconds) {
  const seconds = Math.round(Math.abs(milliseconds) / 1000);
  const parts = [
    [Math.floor(seconds / 86400), "d"],
    [Math.floor(seconds / 3600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [seconds % 60, "s"],
  ];
  const first = parts.findIndex(([number]) => number > 0);
  if (first < 0) return "0 s";
  return parts.slice(first, first + 2).filter(([number]) => number > 0).map(([number, unit]) => `${number} ${unit}`).join(" ");
}

/** How long ago something was, in its largest unit alone, such as `54 min ago`. */
export function ago(at, present) {
  return present - at < 1000 ? "now" : `${span(present - at).split(" ").slice(0, 2).join(" ")} ago`;
}

/** The element of an age, which `shell.js` keeps right as time goes by. */
export function age(at, present) {
  return h("span", { class: "number", "data-at": at }, at ? ago(Date.parse(at), present) : "—");
}

/** The health of an environment: its colour, and its word. */
export function health(color, word) {
  return h("span", { class: `pill health ${color.toLowerCase()}` }, h("span", { class: "dot", "aria-hidden": "true" }), word ?? color);
}

const CALM = new Set(["Ready", "Terminated"]);

/** The status of an environment; one that will pass by itself moves. */
export function status(word) {
  return h("span", { class: `pill status ${word.toLowerCase()}${CALM.has(word) ? "" : " busy"}` }, word);
}

/** `1 instance`, `3 instances`. */
export function counted(number, noun) {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** The parts of a path, decoded; a part that cannot be decoded is as it came. */
export function path(text) {
  return text.split("/").map((part) => {
    try {
      return decodeURIComponent(part);
    } catch (error) {
      if (error instanceof URIError) return part;
      throw error;
    }
  });
}

/** A step of a plan in words. */
export function step(document) {
  if (document.message) return `say: ${document.message.text.trim()}`;
  const parts = [document.does.replaceAll("-", " ")];
  for (const name of ["kind", "version_label"]) if (document[name] != null) parts.push(String(document[name]).replaceAll("-", " "));
  if (document.why) parts.push(`for ${document.why}`);
  if (document.percent != null) parts.push(`${document.percent} %`);
  if (document.instances) {
    const number = document.instances.length;
    parts.push(parts[0].endsWith(" instances") ? `(${number})` : `on ${counted(number, "instance")}`);
  }
  if ((document.outcome ?? "done") !== "done") parts.push(document.outcome);
  return parts.join(" ");
}

/** What a solution stack runs, and on which system, without what all of them say; of an ARN its name and version. */
export function platform(name) {
  if (name.startsWith("arn:")) return name.split("/").slice(-2);
  const [system, language] = name.replace(/^64bit /, "").split(" running ");
  return language ? [language, system] : [system, ""];
}
