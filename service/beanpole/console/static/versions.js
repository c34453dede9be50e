// The versions of the application, and what the bundle of each holds.

import { all, control } from "./api.js";
import { open } from "./actions.js";
import { $, h, patch } from "./dom.js";
import { deploy } from "./changes.js";
import { changed, dialog, opens, present } from "./shell.js";
import { counted, time } from "./words.js";

export async function drawVersions({ environment }) {
  const application = environment.ApplicationName;
  const rows = await all("DescribeApplicationVersions", { ApplicationName: application }, "ApplicationVersions");
  patch($("#version-tools"), h("button", { type: "button", "aria-haspopup": "dialog", onclick: opens(() => create(application)) }, "Create version"));
  const heads = ["Version", "Status", "Created", "Source", "Actions"];
  patch($("#version-list"), rows.length === 0 ? h("p", { class: "nothing" }, "The application has no version; its environments run the sample application.")
    : h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Versions" }, h("table", { class: "list cards" },
      h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head)))),
      h("tbody", {}, rows.map((row) => h("tr", { "data-key": row.VersionLabel },
        h("th", { scope: "row" }, row.VersionLabel, row.VersionLabel === environment.VersionLabel && h("span", { class: "pill green inline" }, "runs here"), row.Description && h("span", { class: "soft block" }, row.Description)),
        h("td", { "data-label": "Status" }, row.Status),
        h("td", { "data-label": "Created" }, time(row.DateCreated * 1000, present())),
        h("td", { "data-label": "Source" }, source(row)),
        h("td", { "data-label": "Actions" }, h("div", { class: "buttons start tight" },
          h("button", { type: "button", class: "small", "aria-haspopup": "dialog", "aria-label": `What ${row.VersionLabel} holds`, onclick: opens(() => bundle(row)) }, "Bundle"),
          h("button", { type: "button", class: "small", disabled: environment.Status !== "Ready" || row.VersionLabel === environment.VersionLabel, "aria-haspopup": "dialog", "aria-label": `Deploy ${row.VersionLabel}`, onclick: opens(() => deploy(environment, row.VersionLabel)) }, "Deploy")))))))));
}

function source(row) {
  if (row.SourceBundle) return h("span", { class: "mono" }, `s3://${row.SourceBundle.S3Bucket}/${row.SourceBundle.S3Key}`);
  if (row.SourceBuildInformation) return `${row.SourceBuildInformation.SourceRepository} ${row.SourceBuildInformation.SourceLocation}`;
  return h("span", { class: "soft" }, "the sample application");
}

function create(application) {
  open({
    title: `Create a version of ${application}`,
    verb: "Create",
    notice: "The version is created.",
    fields: [
      { name: "label", label: "Version label", required: true, maxlength: 100 },
      { name: "description", label: "Description", maxlength: 200 },
      { name: "bucket", label: "S3 bucket of the source bundle", hint: "Without one the version is the sample application." },
      { name: "key", label: "Key of the source bundle" },
    ],
    calls: (input) => [["CreateApplicationVersion", { ApplicationName: application, VersionLabel: input.label, Description: input.description, SourceBundle: input.bucket && { S3Bucket: input.bucket, S3Key: input.key } }]],
    done: changed,
  });
}

async function bundle(row) {
  const named = new URLSearchParams({ application: row.ApplicationName, version_label: row.VersionLabel });
  const { bundle, settings } = await control("GET", `/bundle?${named}`);
  const box = dialog(`What ${row.VersionLabel} holds`,
    bundle === null ? h("p", {}, "Its bundle was not read: the server has no object store, or the version runs the sample application.") : contents(bundle),
    settings.length > 0 && part("Option settings of .ebextensions", settings.map((setting) => `${setting.namespace} ${setting.option_name} = ${setting.value}`)),
    h("div", { class: "buttons" }, h("button", { type: "button", onclick: () => box.close() }, "Close")));
}

function contents(bundle) {
  return [
    h("p", { class: "soft" }, `${bundle.size.toLocaleString("en")} bytes, SHA-256 `, h("span", { class: "mono" }, `${bundle.digest.slice(0, 16)}…`), bundle.problem && ` · ${bundle.problem}`),
    part("Processes of the Procfile", Object.entries(bundle.processes).map(([name, command]) => `${name}: ${command}`)),
    part("Builds of the Buildfile", Object.entries(bundle.builds).map(([name, command]) => `${name}: ${command}`)),
    part("Platform hooks", bundle.hooks),
    part("Commands of .ebextensions", bundle.commands.map((command) => `${command.file} · ${command.section} · ${command.name}: ${[].concat(command.command).join(" ")}`)),
    part(`${counted(bundle.entries.length, "entry").replace("entrys", "entries")}${bundle.is_cut ? ", more are not listed" : ""}`, bundle.entries.map((entry) => `${entry.mode} ${entry.path}${entry.kind === "folder" ? "/" : ""}  ${entry.kind === "file" ? entry.size : ""}`)),
  ];
}

const part = (title, lines) => lines.length > 0 && h("section", { class: "held" }, h("h3", {}, title), h("pre", { tabindex: "0", "aria-label": title }, h("code", {}, lines.join("\n"))));
