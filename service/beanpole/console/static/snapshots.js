// The page of snapshots: the whole state of the account, kept by name or as a file.

import { copier } from "./actions.js";
import { account, control, curl, quoted, send } from "./api.js";
import { $, h, patch } from "./dom.js";
import { sends } from "./once.js";
import { attempt, changed, clockKnown, dialog, present, setClock, start, toast } from "./shell.js";
import { counted, time } from "./words.js";

async function draw() {
  const { snapshots } = await control("GET", "/snapshots");
  await clockKnown();
  $("#list").removeAttribute("aria-busy");
  patch($("#list"), snapshots.length === 0 ? h("p", { class: "nothing" }, "No snapshot is kept. Take one, break whatever you like, and go back to it.") : table(snapshots.toReversed()));
}

function table(snapshots) {
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Snapshots" }, h("table", { class: "list cards" },
    h("thead", {}, h("tr", {}, ["Snapshot", "Kept", "Its clock", "Holds", "Actions"].map((head) => h("th", { scope: "col" }, head)))),
    h("tbody", {}, snapshots.map((snapshot) => h("tr", { "data-key": snapshot.name },
      h("th", { scope: "row" }, snapshot.name),
      h("td", { "data-label": "Kept" }, time(Date.parse(snapshot.kept_at), Date.now())),
      h("td", { "data-label": "Its clock" }, time(Date.parse(snapshot.now), present())),
      h("td", { "data-label": "Holds" }, `${counted(snapshot.environments, "environment")}, ${counted(snapshot.events, "event")}`, h("span", { class: "soft block" }, `${snapshot.bytes.toLocaleString("en")} bytes`)),
      h("td", { "data-label": "Actions" }, h("div", { class: "buttons start tight" },
        h("button", { type: "button", class: "small", "aria-haspopup": "dialog", "aria-label": `Go back to ${snapshot.name}`, onclick: () => back(snapshot.name) }, "Go back"),
        h("button", { type: "button", class: "small", "aria-label": `Download ${snapshot.name}`, onclick: () => download(`/snapshots/${snapshot.name}`, snapshot.name) }, "Download"),
        h("button", { type: "button", class: "small danger", "aria-label": `Forget ${snapshot.name}`, onclick: () => forget(snapshot.name) }, "Forget"))))))));
}

async function take(form) {
  const snapshot = await attempt(() => control("PUT", `/snapshots/${encodeURIComponent(form.elements.name.value)}`, ""));
  if (!snapshot) return;
  toast(`${snapshot.name} is kept.`);
  form.reset();
  changed();
}

const back = (name) => replace({
  title: `Go back to ${name}?`,
  verb: "Go back",
  line: curl("POST", `/snapshots/${name}`),
  work: () => control("POST", `/snapshots/${name}`),
  notice: `The account is as it was when ${name} was taken.`,
});

/** Ask whether the state of the account may go, and put another in its place. */
function replace({ title, verb, line, work, notice }) {
  const box = dialog(title, h("p", {}, "What the account has now is gone then, unless a snapshot holds it."),
    h("div", { class: "line" }, h("span", {}, "The same by curl"), h("pre", { tabindex: "0", "aria-label": "The same by curl" }, h("code", {}, line)), copier(line)),
    h("div", { class: "buttons" }, h("button", { type: "button", onclick: () => box.close() }, "Cancel"), h("button", { type: "button", class: "danger", onclick: async () => {
      box.close();
      const clock = await attempt(work);
      if (!clock) return;
      setClock(clock);
      toast(notice);
    } }, verb)));
}

async function forget(name) {
  const answer = await attempt(() => control("DELETE", `/snapshots/${name}`));
  if (answer) toast(`${name} is forgotten.`);
  changed();
}

async function download(path, name) {
  const response = await attempt(() => send("GET", path));
  if (!response) return;
  const anchor = h("a", { download: `beanpole-${account}-${name}.json` });
  anchor.href = URL.createObjectURL(await response.blob());
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(anchor.href), 10_000);
}

function restore(form) {
  const file = form.elements.file.files[0];
  const line = `${curl("PUT", "/state")} -H ${quoted("Content-Type: application/json")} --data-binary ${quoted(`@${file.name}`)}`;
  replace({ title: `Restore ${file.name}?`, verb: "Restore", line, work: () => control("PUT", "/state", file), notice: "The account is as it was in the file." });
}

$("#take").addEventListener("submit", sends(take));
$("#download").addEventListener("click", () => download("/state", "now"));
$("#upload").addEventListener("submit", sends(restore));
start({ draw, messages: ["clock"], concerns: () => false });
