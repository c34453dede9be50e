// A user who clicks twice, or presses Enter twice, means it once: one dialog, and one call.

const TWICE = 500; // milliseconds within which the same key, pressed again, is meant once

let pressed = { key: null, at: 0 }; // the last key
const sending = new WeakSet(); // forms

document.addEventListener("click", (event) => event.detail > 1 && stop(event, "button, a"), true);
document.addEventListener("keydown", (event) => {
  const isAgain = event.repeat || (event.key === pressed.key && event.timeStamp - pressed.at < TWICE);
  pressed = { key: event.key, at: event.timeStamp };
  if (isAgain && event.key === "Enter") stop(event, "button, a, input, select");
  if (isAgain && event.key === " ") stop(event, "button");
}, true);

/** An element with `data-repeats` is used as often as it is clicked, such as a button that advances the clock. */
function stop(event, selector) {
  const element = event.target.closest(selector);
  if (!element || "repeats" in element.dataset) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

/** A handler that sends a form by `work(form)`, and does nothing more until that has ended. */
export const sends = (work) => async (event) => {
  event.preventDefault();
  const { currentTarget: form, submitter } = event;
  if (sending.has(form)) return;
  sending.add(form);
  submitter?.setAttribute("aria-disabled", "true"); // to disable it would take the focus from it
  try {
    await work(form);
  } finally {
    sending.delete(form);
    submitter?.removeAttribute("aria-disabled");
  }
};
