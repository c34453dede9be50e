// How values are shown: instants, spans, statuses, steps of a plan.

import { h } from "./dom.js";

/** The words for an environment or an instance without a version. */
export const SAMPLE = "the sample application";

const two = (number) => String(number).padStart(2, "0");

/** An instant in milliseconds as `14:03:07`, with its date where that is not the date of `present`. */
export function instant(at, present = at) {
  const moment = new Date(at);
  const time = `${two(moment.getUTCHours())}:${two(moment.getUTCMinutes())}:${two(moment.getUTCSeconds())}`;
  const day = (milliseconds) => new Date(milliseconds).toISOString().slice(0, 10);
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

// Each step of a plan in words; in braces are its members.
const STEPS = {
  "wait": "wait for {why}",
  "provision": "create the {kind}",
  "update-stack": "update the stack",
  "deprovision": "delete the {kind}",
  "delete-stack": "delete the stack",
  "repoint": "point the CNAME to the {kind}",
  "launch-instances": "launch {instances}",
  "join-instances": "boot {instances}",
  "announce-instances": "report {instances}",
  "deregister": "deregister {instances}",
  "register": "register {instances}",
  "await-health": "check the health of {instances}",
  "share-traffic": "split requests: {percent} % to new instances",
  "leave-group": "detach {instances} from the temporary group",
  "enter-group": "attach {instances} to the permanent group",
  "deploy": "{command_name} {version_label} on {instances}",
  "close": "end the part that can be aborted",
  "adopt-version": "keep {version_label}",
  "adopt-settings": "keep the settings",
  "adopt-template": "make and delete custom resources",
  "adopt-tags": "put the tags on all resources",
  "terminate-instances": "shut down {instances}",
  "remove-instances": "remove {instances}",
  "linked": "link to other environments",
  "finish": "finish {outcome}",
  "release": "give back its names",
};

/** A step of a plan in words. */
export function step(document) {
  if (document.message && document.does === "announce") return `event: ${document.message.text.trim()}`;
  const members = {
    ...document,
    kind: document.kind?.replaceAll("-", " "),
    instances: counted(document.instances?.length ?? 0, "instance"),
    percent: document.percent ?? 100,
    version_label: document.version_label ?? (document.does === "deploy" ? "" : SAMPLE),
    command_name: document.command_name ?? "deploy",
    outcome: (document.outcome ?? "done") === "done" ? "" : `(${document.outcome})`,
  };
  return (STEPS[document.does] ?? document.does).replaceAll(/\{(\w+)\}/g, (_, name) => members[name] ?? "").replaceAll(/ +/g, " ").trim();
}

/** What a solution stack runs, and on which system, without what all of them say; of an ARN its name and version. */
export function platform(name) {
  if (name.startsWith("arn:")) return name.split("/").slice(-2);
  const [system, language] = name.replace(/^64bit /, "").split(" running ");
  return language ? [language, system] : [system, ""];
}
