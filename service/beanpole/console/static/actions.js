// Buttons that call the API: each opens a form, and shows the lines of the AWS CLI that do the same.

import { call, cli, Refused } from "./api.js";
import { $, h, patch } from "./dom.js";
import { sends } from "./once.js";
import { detail, dialog, toast } from "./shell.js";

// The names that the service takes, and the words for them where a browser refuses others.
const WORD = "[A-Za-z0-9][A-Za-z0-9\\-]*[A-Za-z0-9]";
export const ENVIRONMENT_NAME = { minlength: 4, maxlength: 40, pattern: WORD, title: "4 to 40 letters, digits and dashes, with no dash at an end" };
export const CNAME_PREFIX = { minlength: 4, maxlength: 63, pattern: WORD, title: "4 to 63 letters, digits and dashes, with no dash at an end" };

/**
 * Open a form. `fields` are what it asks, `calls(values)` the calls that it makes: pairs of an action and its parameters.
 * `done` is called with the results. Without a `verb` there is nothing to send, and the form says why.
 */
export function open({ title, intro, fields, calls, verb, dangerous = false, notice, done = () => {} }) {
  const lines = h("div", { class: "line" });
  const error = h("div", { role: "alert", class: "error" });
  const form = h("form", { class: "form", onsubmit: sends(send), oninput: () => (show(), suggest()) },
    intro && h("p", { class: "soft" }, intro),
    fields.length > 0 && h("div", { class: "fields" }, fields.map(drawn)),
    lines, error,
    h("div", { class: "buttons" }, h("button", { type: "button", onclick: () => box.close() }, verb ? "Cancel" : "Close"), verb && h("button", { class: dangerous ? "danger" : "primary" }, verb)));
  const box = dialog(title, form);
  show();
  suggest();
  return box;

  /** The suggestions of a field may depend on what is in the others. */
  function suggest() {
    for (const { name, suggestions } of fields) {
      if (typeof suggestions === "function") patch($(`#suggestions-${name}`, form), options(suggestions(values())));
    }
  }

  function values() {
    const typed = Object.fromEntries([...new FormData(form)].map(([name, text]) => [name, text.trim() === "" ? undefined : text.trim()]));
    return Object.fromEntries(fields.map((field) => [field.name, exactly(field, typed) ?? typed[field.name]]));
  }

  /** What the form has put into a field, or suggests for it, to the letter: a name may begin with blanks, or hold a line feed. */
  function exactly({ name, value, suggestions = [] }, typed) {
    const { value: text, defaultValue } = form.elements[name];
    if (value && text === defaultValue?.replaceAll(/[\r\n]/g, "")) return value;
    return (typeof suggestions === "function" ? suggestions(typed) : suggestions).find((suggestion) => suggestion === text);
  }

  function show() {
    const commands = calls(values()).map(([action, parameters]) => cli(action, parameters)).join("\n");
    if (verb) patch(lines, h("span", {}, "The same by the AWS CLI"), h("pre", { tabindex: "0", "aria-label": "The same by the AWS CLI" }, h("code", {}, commands)), copier(commands));
  }

  async function send() {
    patch(error);
    try {
      const results = [];
      for (const [action, parameters] of calls(values())) results.push(await call(action, parameters));
      box.close();
      toast(notice);
      done(results);
    } catch (refusal) {
      if (!(refusal instanceof Refused)) throw refusal;
      patch(error, h("strong", {}, refusal.code), ` ${refusal.message}${detail(refusal.errors)}`);
    }
  }
}

/** A button that copies a text. */
export function copier(text) {
  return h("button", { type: "button", class: "small copy", onclick: async (event) => {
    const button = event.currentTarget;
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy"), 1500);
  } }, "Copy");
}

const options = (words) => words.map((word) => h("option", { value: word }));

function drawn({ name, label, value, options: choices, suggestions, hint, type = "text", required = false, isWide = false, ...more }) {
  const id = `suggestions-${name}`;
  const control = choices
    ? h("select", { name, required }, choices.map(([key, words]) => h("option", { value: key, selected: key === value }, words)))
    : h("input", { name, type, value, required, autocomplete: "off", list: suggestions && id, ...more });
  return h("label", { class: isWide ? "field wide" : "field" }, h("span", {}, label), control,
    suggestions && h("datalist", { id }, Array.isArray(suggestions) && options(suggestions)),
    hint && h("small", {}, hint));
}

/** Option settings as calls take them, without those that have no value. */
export function settings(rows) {
  const options = rows.filter(([, , value]) => value !== undefined).map(([Namespace, OptionName, Value]) => ({ Namespace, OptionName, Value: String(Value) }));
  return options.length ? options : undefined;
}
