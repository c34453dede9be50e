// The stream of changes: server-sent events, read by fetch, because an EventSource sends neither token nor credential.

import { send } from "./api.js";

const PATIENCE = 20_000; // milliseconds without a byte after which the stream is taken for lost; heartbeats come sooner
const SHORTEST = 500; // milliseconds from a break to the first try to open the stream again

/**
 * Call `heard(name, data)` for each message, `state(word)` when the stream opens or breaks, and `missed()` when it is open
 * again after a break that it could not bridge. It begins after the position `last`, or with the present; `path()` is
 * asked for its address whenever it is opened. Returns a function that opens it anew, at the same position.
 */
export function listen(path, { heard, state, missed, last = null }) {
  let aborted = null;
  let isWanted = false; // another address, at once
  follow();
  return () => {
    isWanted = true;
    aborted?.abort();
  };

  async function follow() {
    let pause = SHORTEST;
    for (let first = true; ; first = false) {
      const began = last;
      isWanted = false;
      aborted = new AbortController();
      try {
        const more = { signal: aborted.signal, headers: last ? { "Last-Event-ID": last } : {} };
        const response = await send("GET", path(), undefined, more);
        state("live");
        if (!first && began === null) missed();
        pause = SHORTEST;
        for await (const message of messages(response.body, aborted)) {
          if (message.id) last = message.id;
          if (message.name) heard(message.name, message.data);
        }
      } catch (error) {
        if (error.code === "400" || error.code === "404") last = null;
        if (error.code === "401") return state("not live");
        if (error.code === "404") missed(); // what it was about is gone
      }
      if (isWanted) continue;
      state("connecting…");
      await new Promise((resume) => setTimeout(resume, pause));
      pause = Math.min(pause * 2, 10_000);
    }
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
  const message = { name: null, id: null, data: null };
  for (const line of block.split("\n")) {
    const [, field, value] = /^(\w*): ?(.*)$/.exec(line) ?? [];
    if (field === "event") message.name = value;
    if (field === "id") message.id = value;
    if (field === "data") message.data = JSON.parse(value);
  }
  return message;
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
      next = ended + Math.max(pause, 4 * (ended - began));
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
