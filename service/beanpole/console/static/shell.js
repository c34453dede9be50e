// What every page has: the clock, the account, the control token, the stream of changes, and short notices.

import { account, control, query, region, tokenFrom, Refused } from "./api.js";
import { $, h, patch } from "./dom.js";
import { gathered, listen } from "./live.js";
import { sends } from "./once.js";
import { ago, instant } from "./words.js";

const PATIENCE = 2_000; // milliseconds for which a page waits for its stream before it says that the server is away
const NOTICES = 3; // that are shown at once: more would cover the page

let away = null; // the timer of that
let clock = null; // {mode, speed, now} as it was read at `read`
let read = 0;
let settings = 0; // how often the clock was set or read
const hooks = { clock: [] };

/** The present instant of the account's clock, in milliseconds. */
export function present() {
  if (clock === null) return Date.now();
  return Date.parse(clock.now) + (clock.mode === "wall" ? performance.now() - read : 0);
}

export const readClock = () => clock;

/** Call `hook` whenever the clock has been set or moved. */
export function onClock(hook) {
  hooks.clock.push(hook);
  if (clock) hook(clock);
}

let known;
const firstReading = new Promise((resolve) => (known = resolve));

/** Wait until the clock was read for the first time: what a page reads meanwhile costs no time of its own. */
export const clockKnown = () => firstReading;

export function setClock(next) {
  clock = next;
  settings += 1;
  known();
  read = performance.now();
  drawClock();
  for (const hook of hooks.clock) hook(clock);
}

/** A link to another page, in the same account and region. */
export const link = (path) => `/_beanpole/console${path}${query}`;

/** Say something at the edge of the page, for a while. */
export function toast(text, kind = "done") {
  const box = $("#toasts");
  const notice = h("p", { class: `toast ${kind}` }, text, h("button", { type: "button", class: "quiet", "data-repeats": true, "aria-label": "Dismiss", onclick: () => notice.remove() }, "×"));
  box.append(notice);
  if (box.children.length > NOTICES) box.firstChild.remove();
  setTimeout(() => notice.remove(), kind === "failed" ? 15_000 : 6_000);
}

/** Run what may be refused; say why it is. */
export async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (error.code === "401" && isDeclined) return undefined; // which the page says already
    toast(`${error.message}${detail(error.errors)}`, "failed");
    return undefined;
  }
}

/** The reasons of a problem document, as text. */
export function detail(errors) {
  if (!errors) return "";
  const lines = Object.entries(errors).map(([name, reasons]) => `${name === "_body" || name === "_schema" ? "" : `${name}: `}${Array.isArray(reasons) ? reasons.join(" ") : detail(reasons)}`);
  return ` ${lines.join(" ")}`;
}

/** A dialog that is gone when it is closed. */
export function dialog(title, ...children) {
  const box = h("dialog", { class: "dialog", "aria-labelledby": "dialog-title" }, h("h2", { id: "dialog-title" }, title), ...children);
  box.addEventListener("close", () => box.remove());
  document.body.append(box);
  box.showModal();
  return box;
}

let isOpening = false;

/** A handler that opens a dialog by `work`, which may read something first; no other is opened meanwhile. */
export const opens = (work) => async () => {
  if (isOpening) return;
  isOpening = true;
  await attempt(work).finally(() => (isOpening = false));
};

let asking = null;
let isDeclined = false;

/** Ask for the control token once, however many calls need it; null if the user gives none, who is not asked again then. */
tokenFrom((isWrong) => {
  if (isDeclined) return null;
  asking ??= new Promise((resolve) => {
    let token = null;
    const input = h("input", { name: "token", type: "password", required: true, autocomplete: "off" });
    const form = h("form", { method: "dialog", class: "form", onsubmit: () => (token = input.value) },
      isWrong && h("p", { class: "error", role: "alert" }, "The server has another control token."),
      h("p", {}, "The control routes of this server need its control token. This tab keeps it until it is closed."),
      h("label", { class: "field" }, h("span", {}, "Control token"), input),
      h("div", { class: "buttons" }, h("button", { class: "primary" }, "Go on")));
    dialog("Control token", form).addEventListener("close", () => {
      asking = null;
      if (token === null) decline();
      resolve(token);
    });
  });
  return asking;
});

/** Say at the head of the page what is missing, and how to go on. */
function decline() {
  isDeclined = true;
  $("#main").prepend(h("div", { class: "empty", id: "declined" },
    h("h2", {}, "This page needs the control token"),
    h("p", {}, "Without it, the server tells nothing of an account."),
    h("div", { class: "buttons start" }, h("button", { type: "button", class: "primary", onclick: () => location.reload() }, "Enter the token"))));
}

function drawClock() {
  const box = $("#clock");
  const manual = clock.mode === "manual";
  const moving = manual ? "manual" : clock.speed === "instant" ? "instant" : `×${clock.speed}`;
  patch(box,
    h("a", { class: "time", href: link("/time") }, h("span", { class: "sr" }, "Clock: "), h("span", { class: "mono" }, instant(present())), " ", h("span", { class: "soft" }, moving)),
    manual && ["+1 min", "+10 min", "+1 h"].map((label, index) =>
      h("button", { type: "button", class: "small", "data-repeats": true, "aria-label": `Advance the clock by ${["a minute", "ten minutes", "an hour"][index]}`, onclick: () => advance({ seconds: [60, 600, 3600][index] }) }, label)));
}

/** Move a manual clock to a target; the clock shows that it moves. */
export async function advance(target) {
  $("#clock").classList.add("moving");
  const moved = await attempt(() => control("POST", "/clock/advance", target));
  $("#clock").classList.remove("moving");
  if (moved) setClock(moved);
  return moved;
}

$("#scope").addEventListener("click", opens(async () => {
  const list = h("ul", { class: "accounts" });
  const input = h("input", { name: "account", value: account, pattern: "[0-9]{12}", required: true, inputmode: "numeric", title: "12 digits" });
  const where = h("input", { name: "region", value: region, pattern: "[a-z0-9\\-]{1,32}", required: true });
  const go = (to, at) => location.assign(`/_beanpole/console/?account=${to}&region=${at}`);
  const form = h("form", { class: "form", onsubmit: sends(() => go(input.value, where.value)) },
    list,
    h("div", { class: "fields" },
      h("label", { class: "field" }, h("span", {}, "Account, 12 digits"), input),
      h("label", { class: "field" }, h("span", {}, "Region"), where)),
    h("div", { class: "buttons" }, h("button", { type: "button", onclick: () => box.close() }, "Cancel"), h("button", { class: "primary" }, "Show")));
  const box = dialog("Account and region", form);
  const answer = await attempt(() => control("GET", "/accounts"));
  for (const row of answer?.accounts ?? []) {
    for (const at of row.regions.length ? row.regions : [region]) {
      list.append(h("li", {}, h("button", { type: "button", onclick: () => go(row.account, at) }, h("span", { class: "mono" }, row.account), ` ${at}`)));
    }
  }
}));

const { clock: firstClock, position } = document.body.dataset;
if (firstClock) setClock(JSON.parse(firstClock));

setInterval(() => clock?.mode === "wall" && drawClock(), 1000);

/** How long ago things were: on a manual clock that changes with the clock alone. */
function tellAges() {
  for (const label of document.querySelectorAll("[data-at]")) label.textContent = ago(Date.parse(label.dataset.at), present());
}

onClock(tellAges);
setInterval(() => clock?.mode === "wall" && tellAges(), 5000);

/** Say that the user has changed something: the page reads again, for not every change has a message. */
export const changed = () => dispatchEvent(new Event("beanpole:changed"));

/** Read the clock, which may have moved before the stream was open; whatever is heard meanwhile is newer. */
async function readAgain() {
  const before = settings;
  const reading = await control("GET", "/clock");
  if (settings === before && JSON.stringify(reading) !== JSON.stringify(clock)) setClock(reading);
}

/**
 * Draw the page by `draw`, again whenever `concerns(name, data)` is true of a message; `messages` are those that it hears.
 * It is drawn again at the user's own changes, too, and never twice at once: an older reading would undo a newer one.
 * A page that came with a position hears of all that has changed since; any other reads the clock first, and everything
 * again once its stream is open. `is_drawn` says that the page came with all that `draw` would read, and `about()` is the
 * id of the environment that the stream is about, or null for all of the world. Returns a function that draws it again.
 */
export function start({ draw, is_drawn = false, pause = 250, about = () => null, ...more }) {
  const stream = { followed: null, follow: () => {} }; // what it is about, and how it is opened anew
  const soon = gathered(() => attempt(async () => {
    await draw();
    if (about() !== stream.followed) stream.follow();
  }), 30, pause);
  let isDrawn = false;
  let isLate = false; // something has changed while the page was being drawn for the first time
  const again = () => (isDrawn ? soon() : (isLate = true));
  addEventListener("focus", again); // for what no message tells of, such as a version or a snapshot of another's
  addEventListener("beanpole:changed", again);
  const reading = firstClock ? null : attempt(async () => setClock(await control("GET", "/clock")));
  Promise.all([reading, is_drawn ? null : attempt(draw)]).then(() => {
    isDrawn = true;
    if (isLate) soon();
    hear(stream, about, again, more);
  });
  return again;
}

/** Listen to the stream; what it says of itself, of the clock and of the server is shown on every page. */
function hear(stream, about, again, { messages, concerns = () => true, heard = () => {} }) {
  const wish = () => {
    stream.followed = about();
    return { messages, environment: stream.followed };
  };
  stream.follow = listen(wish, {
    last: position ?? null,
    state: (word) => {
      $("#live").textContent = word;
      $("#live").classList.toggle("on", word === "live");
      clearTimeout(away);
      if (word === "connecting…") away = setTimeout(() => ($("#away").hidden = false), PATIENCE);
      else $("#away").hidden = true;
    },
    missed: () => {
      heard("reset", {});
      attempt(readAgain);
      again();
    },
    heard: (name, data) => {
      if (name === "clock") setClock(data);
      heard(name, data);
      if (name === "reset" || concerns(name, data)) again();
    },
  });
}
