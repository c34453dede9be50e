// What can be done with an environment: a button for each, which makes the call that any client can make.

import { all, look } from "./api.js";
import { CNAME_PREFIX, ENVIRONMENT_NAME, open, settings } from "./actions.js";
import { h } from "./dom.js";
import { changed, link, opens } from "./shell.js";

const COMMAND = "aws:elasticbeanstalk:command";
const GROUP = "aws:autoscaling:asg";
const POLICIES = [["AllAtOnce", "all at once"], ["Rolling", "rolling"], ["RollingWithAdditionalBatch", "rolling with an additional batch"], ["Immutable", "immutable"], ["TrafficSplitting", "traffic splitting"]];

export function changes(state) {
  const { environment } = state;
  const ready = environment.Status === "Ready";
  const over = environment.Status === "Terminated";
  const button = (label, work, may, kind = "") => h("button", { type: "button", class: kind || null, disabled: !may, "aria-haspopup": "dialog", onclick: opens(() => work(environment)) }, label);
  return [
    button("Deploy", deploy, ready, "primary"),
    button("Policy", policy, ready),
    button("Swap", swap, ready),
    button("Scale", scale, ready),
    button("Restart", (environment) => plain(environment, "Restart", "RestartAppServer", "The application servers restart."), ready),
    button(over ? "Restore" : "Rebuild", (environment) => plain(environment, over ? "Restore" : "Rebuild", "RebuildEnvironment", "The environment is built anew."), ready || over),
    button("Clone", clone, !over),
    button("Save configuration", save, !over),
    button("Abort", (environment) => plain(environment, "Abort", "AbortEnvironmentUpdate", "The update is aborted."), environment.AbortableOperationInProgress),
    button("Terminate", terminate, !over && environment.Status !== "Terminating", "danger"),
  ];
}

function plain(environment, verb, action, notice) {
  open({ title: `${verb} ${environment.EnvironmentName}`, verb, notice, fields: [], dangerous: verb === "Rebuild", calls: () => [[action, { EnvironmentId: environment.EnvironmentId }]], done: changed });
}

async function settingsOf(environment) {
  const { ConfigurationSettings: [description] } = await look("DescribeConfigurationSettings", { ApplicationName: environment.ApplicationName, EnvironmentName: environment.EnvironmentName });
  return (namespace, name) => description.OptionSettings.find((setting) => setting.Namespace === namespace && setting.OptionName === name)?.Value;
}

export async function deploy(environment, chosen) {
  const [rows, value] = await Promise.all([all("DescribeApplicationVersions", { ApplicationName: environment.ApplicationName }, "ApplicationVersions"), settingsOf(environment)]);
  const labels = rows.map((version) => version.VersionLabel);
  const words = POLICIES.find(([name]) => name === (value(COMMAND, "DeploymentPolicy") ?? "AllAtOnce"))?.[1] ?? "all at once";
  open({
    title: `Deploy to ${environment.EnvironmentName}`,
    intro: `It runs ${environment.VersionLabel ?? "the sample application"}. The deployment goes ${words}: another policy must be set before.`,
    verb: "Deploy",
    notice: "The deployment begins.",
    fields: [{ name: "version", label: "Version label", value: typeof chosen === "string" ? chosen : labels.find((label) => label !== environment.VersionLabel), required: true, suggestions: labels, maxlength: 100, hint: "A new label creates a version." }],
    calls: (input) => [
      input.version && !labels.includes(input.version) && ["CreateApplicationVersion", { ApplicationName: environment.ApplicationName, VersionLabel: input.version }],
      ["UpdateEnvironment", { EnvironmentId: environment.EnvironmentId, VersionLabel: input.version }],
    ].filter(Boolean),
    done: changed,
  });
}

async function policy(environment) {
  const value = await settingsOf(environment);
  open({
    title: `Deployment policy of ${environment.EnvironmentName}`,
    intro: "It holds for later deployments.",
    verb: "Set",
    notice: "The policy is being set.",
    fields: [
      { name: "policy", label: "Policy", options: POLICIES, value: value(COMMAND, "DeploymentPolicy") ?? "AllAtOnce", hint: "Traffic splitting needs an Application Load Balancer." },
      { name: "size", label: "Batch size", type: "number", min: 1, max: 10000, value: value(COMMAND, "BatchSize") },
      { name: "type", label: "Batch size is", options: [["Percentage", "a percentage"], ["Fixed", "a number of instances"]], value: value(COMMAND, "BatchSizeType") ?? "Percentage" },
    ],
    calls: (input) => [["UpdateEnvironment", { EnvironmentId: environment.EnvironmentId, OptionSettings: settings([[COMMAND, "DeploymentPolicy", input.policy], [COMMAND, "BatchSize", input.size], [COMMAND, "BatchSizeType", input.type]]) }]],
    done: changed,
  });
}

async function swap(environment) {
  const { Environments: environments } = await look("DescribeEnvironments", { ApplicationName: environment.ApplicationName, IncludeDeleted: false });
  const others = environments.filter((other) => other.EnvironmentId !== environment.EnvironmentId && other.Status !== "Terminated" && other.CNAME);
  open({
    title: `Swap the CNAME of ${environment.EnvironmentName}`,
    intro: others.length ? "The two environments exchange their names; resolvers forget the old addresses a while later." : "There is no other environment of the application with a CNAME.",
    verb: others.length ? "Swap" : null,
    notice: "The CNAMEs are being swapped.",
    fields: others.length === 0 ? [] : [{ name: "other", label: "With", required: true, options: others.map((other) => [other.EnvironmentName, `${other.EnvironmentName} (${other.VersionLabel ?? "sample"}, ${other.CNAME.split(".")[0]})`]), value: others[0].EnvironmentName }],
    calls: (input) => [["SwapEnvironmentCNAMEs", { SourceEnvironmentName: environment.EnvironmentName, DestinationEnvironmentName: input.other }]],
    done: changed,
  });
}

async function scale(environment) {
  const value = await settingsOf(environment);
  open({
    title: `Scale ${environment.EnvironmentName}`,
    verb: "Scale",
    notice: "The Auto Scaling group gets its new size.",
    fields: [
      { name: "least", label: "Instances, at least", type: "number", min: 0, max: 10000, value: value(GROUP, "MinSize"), required: true },
      { name: "most", label: "Instances, at most", type: "number", min: 0, max: 10000, value: value(GROUP, "MaxSize"), required: true },
    ],
    calls: (input) => [["UpdateEnvironment", { EnvironmentId: environment.EnvironmentId, OptionSettings: settings([[GROUP, "MinSize", input.least], [GROUP, "MaxSize", input.most]]) }]],
    done: changed,
  });
}

/** As the EB CLI clones: by a saved configuration that is deleted again. */
function clone(environment) {
  const { ApplicationName } = environment;
  open({
    title: `Clone ${environment.EnvironmentName}`,
    verb: "Clone",
    notice: "The clone is being launched.",
    fields: [
      { name: "name", label: "Environment name", value: `${environment.EnvironmentName}-clone`.slice(0, 40), required: true, ...ENVIRONMENT_NAME },
      { name: "prefix", label: "CNAME prefix", ...CNAME_PREFIX, hint: "A free one unless given." },
    ],
    calls: (input) => {
      const TemplateName = `clone-of-${environment.EnvironmentName}-for-${input.name}`.slice(0, 100);
      return [
        ["CreateConfigurationTemplate", { ApplicationName, TemplateName, EnvironmentId: environment.EnvironmentId }],
        ["CreateEnvironment", { ApplicationName, EnvironmentName: input.name, TemplateName, VersionLabel: environment.VersionLabel, CNAMEPrefix: input.prefix }],
        ["DeleteConfigurationTemplate", { ApplicationName, TemplateName }],
      ];
    },
    done: ([, clone]) => location.assign(link(`/environments/${clone.EnvironmentId}`)),
  });
}

function save(environment) {
  open({
    title: `Save the configuration of ${environment.EnvironmentName}`,
    verb: "Save",
    notice: "The configuration is saved.",
    fields: [{ name: "name", label: "Name", required: true, maxlength: 100 }, { name: "description", label: "Description", maxlength: 200 }],
    calls: (input) => [["CreateConfigurationTemplate", { ApplicationName: environment.ApplicationName, TemplateName: input.name, EnvironmentId: environment.EnvironmentId, Description: input.description }]],
    done: changed,
  });
}

function terminate(environment) {
  open({
    title: `Terminate ${environment.EnvironmentName}`,
    intro: "All its resources go with it. It can be restored for a while.",
    verb: "Terminate",
    dangerous: true,
    notice: "The environment is being terminated.",
    fields: [],
    calls: () => [["TerminateEnvironment", { EnvironmentId: environment.EnvironmentId }]],
    done: changed,
  });
}
