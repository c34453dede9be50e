// The stream of changes, one for all pages of an account in this browser: a browser has six connections to a server, and an
// open stream holds one. The page that has the lock reads it, and says everything to the others by a channel. A page that
// is hidden takes no part, and catches up when it is seen again.

import { account, control, region, send } from "./api.js";
import { messages } from "./stream.js";

const SHORTEST = 500; // milliseconds from a break to the first try to open the stream again
const LONGEST = 10_000; // milliseconds between two tries, or two readings
const NAME = `${import.meta.url} ${account} ${region}`; // of lock and channel; the address changes with the scripts

/**
 * Call `heard(name, data)` for each message, `state(word)` when the stream opens or breaks, and `missed()` when it opens at
 * another position than `last`, up to which this page knows everything. `wish()` is {messages, environment}: the names of
 * the messages, and the id of the environment that they are about, or null. Returns a function for when it has changed.
 */
export function listen(wish, { heard, state, missed, last = null }) {
  const channel = navigator.locks && new BroadcastChannel(NAME); // without TLS, locks are for pages of this machine
  const page = Math.random().toString(36).slice(2);
  const wishes = new Map(); // by page
  const takes = { wish: takeWish, question: sayWish, state: takeState, message: takeMessage, gap: takeGap };
  let own = null; // the latest wish of this page
  let word = "paused";
  let stream = null; // {path, closing}, if this page reads it
  if (channel) channel.onmessage = ({ data: [kind, ...values] }) => document.hidden || takes[kind](...values);
  takePart();
  return () => word === "paused" || sayWish();

  /** Let all pages of the account take something, this one among them. */
  function tell(kind, ...values) {
    channel?.postMessage([kind, ...values]);
    takes[kind](...values);
  }

  function sayWish() {
    own = wish();
    tell("wish", page, own);
  }

  function takeWish(from, other) {
    if (other) wishes.set(from, other);
    else wishes.delete(from);
    if (stream && stream.path !== joint(wishes)) stream.closing.abort(); // it is opened anew
    else if (stream) channel?.postMessage(["state", word, last]);
  }

  function takeState(next, position) {
    const hasMissed = next === "live" && word !== "live" && (position === null || position !== last);
    if (word !== next) state(next);
    word = next;
    if (!hasMissed) return;
    last = position;
    missed();
  }

  function takeMessage({ name, id, data }) {
    if (word !== "live") return;
    last = id ?? last;
    if (name === "reset" || own.messages.includes(name)) heard(name, data);
  }

  function takeGap() {
    last = null;
    missed();
  }

  async function takePart() {
    for (;;) {
      await visible();
      const leaving = new AbortController();
      document.addEventListener("visibilitychange", () => leaving.abort(), { once: true });
      takeState("connecting…");
      sayWish();
      const isRefused = await turn(leaving.signal, () => read(leaving.signal));
      tell("wish", page, null);
      if (isRefused && !(await hasToken())) return takeState("not live");
      takeState("paused");
    }
  }

  /** Read the stream for all pages until this one is left; true if the server wants another control token. */
  async function read(left) {
    let wait = SHORTEST;
    wishes.clear();
    tell("question");
    left.addEventListener("abort", () => stream?.closing.abort());
    let isRefused = false;
    while (!left.aborted && !isRefused) {
      const { path, closing } = (stream = { path: joint(wishes), closing: new AbortController() });
      try {
        const response = await send("GET", path, undefined, { signal: closing.signal, asks: false, headers: last ? { "Last-Event-ID": last } : {} });
        tell("state", "live", last);
        wait = SHORTEST;
        for await (const message of messages(response.body, closing)) if (message.name) tell("message", message);
      } catch (error) {
        isRefused = error.code === "401";
        if (error.code === "400" || error.code === "404") tell("gap"); // the position, or its environment, is no more
      }
      if (left.aborted || isRefused || path !== joint(wishes)) continue;
      tell("state", "connecting…");
      await pause(wait, closing.signal);
      wait = Math.min(wait * 2, LONGEST);
    }
    stream = null;
    return isRefused;
  }
}

/** The address of a stream with all that pages wish to hear. */
function joint(wishes) {
  const all = [...wishes.values()];
  const names = new Set(all.flatMap(({ messages }) => messages));
  const [environment, ...others] = new Set(all.map((wish) => wish.environment));
  return `/stream?messages=${[...names].sort()}${environment && others.length === 0 ? `&environment=${environment}` : ""}`;
}

/** Do some work when no other page of the account does it; nothing once the signal comes. */
async function turn(signal, work) {
  if (!navigator.locks) return work();
  try {
    return await navigator.locks.request(NAME, { signal }, work);
  } catch (error) {
    if (error.name !== "AbortError") throw error;
    return false;
  }
}

/** Ask for the control token, unless another call has done so; false if the user gives none. */
async function hasToken() {
  try {
    await control("GET", "/clock");
  } catch (error) {
    if (error.code === "401") return false;
    if (error.code === undefined) throw error;
  }
  return true;
}

/** Wait until a user sees the page. */
async function visible() {
  while (document.hidden) await new Promise((resume) => document.addEventListener("visibilitychange", resume, { once: true }));
}

/** Wait for some milliseconds, or for the signal. */
function pause(milliseconds, signal) {
  return new Promise((resume) => {
    setTimeout(resume, milliseconds);
    signal.addEventListener("abort", resume);
  });
}

/**
 * A function that runs `work` soon after it was called, however often, never twice at once, and not again within `pause`
 * or four times as long as it has taken: many open pages must leave the server to others.
 */
export function gathered(work, milliseconds = 30, pause = 0) {
  let timer = null;
  let running = false;
  let again = false;
  let next = -Infinity; // the earliest instant for it
  const run = async () => {
    timer = null;
    running = true;
    const began = performance.now();
    try {
      await work();
    } finally {
      running = false;
      const ended = performance.now();
      next = ended + Math.max(pause, Math.min(4 * (ended - began), LONGEST)); // a machine may have slept meanwhile
      if (again) {
        again = false;
        soon();
      }
    }
  };
  const soon = () => {
    if (running) again = true;
    else timer ??= setTimeout(run, Math.max(milliseconds, next - performance.now()));
  };
  return soon;
}
