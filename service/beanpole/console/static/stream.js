// Server-sent events (the HTML standard, "Server-sent events") of the body of a response.

const PATIENCE = 20_000; // milliseconds without a byte after which the stream is taken for lost; heartbeats come sooner

/** Each message of a stream, {name, id, data}; `closing` is aborted when the stream is silent for too long. */
export async function* messages(body, closing) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const timer = setTimeout(() => closing.abort(), PATIENCE);
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
