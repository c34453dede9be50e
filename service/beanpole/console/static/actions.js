// Buttons that call the API: each opens a form, and shows the lines of the AWS CLI that do the same.

import { call, cli, Refused } from "./api.js";
import { h, patch } from "./dom.js";
import { detail, dialog, toast } from "./shell.js";

/**
 * Open a form. `fields` are what it asks, `calls(values)` the calls that it makes: pairs of an action and its parameters.
 * `done` is called with the results.
 */
export function open({ title, intro, fields, calls, verb, dangerous = false, said, done = () => {} }) {
  const lines = h("div", { class: "line" });
  const error = h("div", { role: "alert", class: "error" });
  const submit = h("button", { class: dangerous ? "danger" : "primary" }, verb);
  const form = h("form", { class: "form", onsubmit: send, oninput: show },
    intro && h("p", { class: "soft" }, intro),
    fields.length > 0 && h("div", { class: "fields" }, fields.map(drawn)),
    lines, error,
    h("div", { class: "buttons" }, h("button", { type: "button", onclick: () => box.close() }, "Cancel"), submit));
  const box = dialog(title, form);
  show();
  return box;

  function values() {
    const given = Object.fromEntries(new FormData(form));
    return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, value.trim() === "" ? undefined : value.trim()]));
  }

  function show() {
    const shown = calls(values()).map(([action, parameters]) => cli(action, parameters)).join("\n");
    patch(lines, h("span", {}, "The same by the AWS CLI"), h("pre", { tabindex: "0", "aria-label": "The same by the AWS CLI" }, h("code", {}, shown)), copier(shown));
  }

  async function send(event) {
    event.preventDefault();
    submit.disabled = true;
    patch(error);
    try {
      const results = [];
      for (const [action, parameters] of calls(values())) results.push(await call(action, parameters));
      box.close();
      toast(said);
      done(results);
    } catch (refusal) {
      if (!(refusal instanceof Refused)) throw refusal;
      patch(error, h("strong", {}, refusal.code), ` ${refusal.message}${detail(refusal.errors)}`);
    } finally {
      submit.disabled = false;
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

let lists = 0;

function drawn({ name, label, value, options, suggestions, hint, type = "text", required = false, ...more }) {
  const id = `list-${++lists}`;
  const control = options
    ? h("select", { name, required }, options.map(([key, words]) => h("option", { value: key, selected: key === value }, words)))
    : h("input", { name, type, value, required, autocomplete: "off", list: suggestions && id, ...more });
  return h("label", { class: "field" }, h("span", {}, label), control,
    suggestions && h("datalist", { id }, suggestions.map((each) => h("option", { value: each }))),
    hint && h("small", {}, hint));
}

/** Option settings as calls take them, without those that have no value. */
export function settings(rows) {
  const given = rows.filter(([, , value]) => value !== undefined).map(([Namespace, OptionName, Value]) => ({ Namespace, OptionName, Value: String(Value) }));
  return given.length ? given : undefined;
}
