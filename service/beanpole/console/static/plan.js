// The running plan: what is done, the current step and what it waits for, and what is to come.

import { h } from "./dom.js";
import { present } from "./shell.js";
import { counted, instant, span, step } from "./words.js";

const SHOWN = 6; // steps to come, and steps that are done, that are shown at once

export function drawPlan(plan, environment) {
  if (plan === null) return h("p", { class: "soft" }, environment.Status === "Ready" ? "No plan is running." : environment.Status === "Terminated" ? "The environment is terminated." : "No plan is running yet.");
  const steps = plan.steps.map((row, index) => ({ ...row, index })).filter((row) => !row.step.message || row.state === "current");
  const done = steps.filter((row) => row.state === "done");
  const current = steps.filter((row) => row.state === "current");
  const coming = steps.filter((row) => row.state === "to come");
  const left = Date.parse(plan.waits_until) - present();
  const total = plan.steps.length;
  return [
    (plan.undoes || plan.aborting) && h("p", {}, h("span", { class: "pill yellow" }, plan.aborting ? "it stops as soon as it can" : "it undoes another plan")),
    total > 0 && h("div", { class: "share wide" }, h("progress", { value: plan.step, max: total, "aria-label": "Steps that are done" }), h("span", { class: "soft number" }, `${plan.step} of ${counted(total, "step")}`)),
    h("ol", { class: "steps" },
      done.length > SHOWN && h("li", { class: "soft" }, `${done.length - SHOWN} more done`),
      done.slice(-SHOWN).map((row) => h("li", { class: "done", "data-key": `step-${row.index}` }, h("span", { class: "sr" }, "done: "), step(row.step))),
      current.map((row) => h("li", { class: "current", "aria-current": "step", "data-key": `step-${row.index}` }, step(row.step))),
      h("li", { class: "waits" }, total === 0 ? `waits for ${plan.waits_for}, which makes its plan` : `waits for ${plan.waits_for} until ${instant(Date.parse(plan.waits_until), present())}${left > 0 ? `, in ${span(left)}` : ""}`),
      coming.slice(0, SHOWN).map((row) => h("li", { class: "coming", "data-key": `step-${row.index}` }, h("span", { class: "sr" }, "to come: "), step(row.step))),
      coming.length > SHOWN && h("li", { class: "soft" }, `${coming.length - SHOWN} more to come`)),
  ];
}
