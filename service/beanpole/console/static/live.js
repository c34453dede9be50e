// The stream of changes: server-sent events, read by fetch, because an EventSource sends neither token nor credential.

import { send } from "./api.js";

const PATIENCE = 20_000; // milliseconds without a byte after which the stream is taken for lost; heartbeats come sooner

/**
 * Call `heard(name, data)` for each message, `state(word)` when the stream opens or breaks, and `missed()` when it is open
 * again after a break that it could not bridge. It begins after the position `last`, or with the present.
 */
export async function listen(path, { heard, state, missed, last = null }) {
  let pause = 500;
  for (let first = true; ; first = false) {
    try {
      const began = last;
      const aborted = new AbortController();
      const more = { signal: aborted.signal, headers: last ? { "Last-Event-ID": last } : {} };
      const response = await send("GET", path, undefined, more);
      state("live");
      if (!first && began === null) missed();
      pause = 500;
      for await (const message of messages(response.body, aborted)) {
        if (message.id) last = message.id;
        if (message.name) heard(message.name, message.data);
      }
    } catch (error) {
      if (error.code === "400" || error.code === "404") last = null;
      if (error.code === "401" || (error.code === "404" && first)) return state("not live");
    }
    state("connecting…");
    await new Promise((resume) => setTimeout(resume, pause));
    pause = Math.min(pause * 2, 10_000);
  }
}

async function* messages(body, aborted) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const timer = setTimeout(() => aborted.abort(), PATIENCE);
    const { value, done } = await reader.read().finally(() => clearTimeout(timer));
    if (done) return;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) yield message(block);
  }
}

function message(block) {
  const found = { name: null, id: null, data: null };
  for (const line of block.split("\n")) {
    const [, field, value] = /^(\w*): ?(.*)$/.exec(line) ?? [];
    if (field === "event") found.name = value;
    if (field === "id") found.id = value;
    if (field === "data") found.data = JSON.parse(value);
  }
  return found;
}

/**
 * A function that runs `work` soon after it was called, however often, never twice at once, and not again within `pause`:
 * many open pages must leave the server to others.
 */
export function gathered(work, milliseconds = 150, pause = 0) {
  let timer = null;
  let running = false;
  let again = false;
  let ended = -Infinity;
  const run = async () => {
    timer = null;
    running = true;
    try {
      await work();
    } finally {
      running = false;
      ended = performance.now();
      if (again) {
        again = false;
        soon();
      }
    }
  };
  const soon = () => {
    if (running) again = true;
    else timer ??= setTimeout(run, Math.max(milliseconds, ended + pause - performance.now()));
  };
  return soon;
}
