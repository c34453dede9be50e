// The API and the control routes, called as any client calls them: as one account in one region.

const { account, region, query, environment } = document.body.dataset;
export { account, region, query, environment };
export const needsToken = "token" in document.body.dataset;

const TOKEN = "beanpole-control-token";
const SIGNATURE = `AWS4-HMAC-SHA256 Credential=${account}/20260101/${region}/elasticbeanstalk/aws4_request`;

/** An error response: its sentence, and its code or HTTP status. */
export class Refused extends Error {
  constructor(message, code, errors) {
    super(message);
    this.code = String(code);
    this.errors = errors;
  }
}

let askForToken = async () => null;

/** Let `ask` return a control token wherever a call needs another one. */
export function tokenFrom(ask) {
  askForToken = ask;
}

function headers(more) {
  const token = sessionStorage.getItem(TOKEN);
  return { Authorization: SIGNATURE, "X-Beanpole-Control": "yes", ...(token ? { "X-Beanpole-Token": token } : {}), ...more };
}

/** The result of a call that changes something. Armed faults hit it, as they hit every client. */
export const call = (action, parameters) => operation(action, parameters, {});

/** The result of a call that only looks: armed faults do not hit it. */
export const look = (action, parameters) => operation(action, parameters, { "X-Beanpole-Onlooker": "yes" });

async function operation(action, parameters, more) {
  const form = new URLSearchParams({ Action: action, Version: "2010-12-01", ...Object.fromEntries(flat(parameters ?? {})) });
  const response = await reached("/", { method: "POST", body: form, headers: headers({ Accept: "application/json", ...more }) });
  const answer = await response.json();
  if (!response.ok) throw new Refused(answer.Error?.Message ?? response.statusText, answer.Error?.Code ?? response.status);
  return answer[`${action}Response`]?.[`${action}Result`] ?? {};
}

async function reached(to, parameters) {
  try {
    return await fetch(to, parameters);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused("The server does not answer.", "unreachable");
  }
}

function* flat(value, prefix = "") {
  if (Array.isArray(value)) {
    for (const [index, inner] of value.entries()) yield* flat(inner, `${prefix}.member.${index + 1}`);
  } else if (value !== null && typeof value === "object") {
    for (const [name, inner] of Object.entries(value)) yield* flat(inner, prefix ? `${prefix}.${name}` : name);
  } else if (value !== null && value !== undefined) {
    yield [prefix, String(value)];
  }
}

/** The document of a control route, by its path below `/_beanpole`; with a wrong token it asks for another. */
export async function control(method, path, body, more = {}) {
  const response = await send(method, path, body, more);
  return response.json();
}

/** The text of a control route. */
export async function text(path) {
  return (await send("GET", path)).text();
}

/** The response of a control route; with a wrong token it asks for another, if it `asks` at all. */
export async function send(method, path, body, { asks = true, ...more } = {}) {
  const parameters = { method, ...more };
  const json = method === "GET" ? {} : { "Content-Type": "application/json" };
  if (method !== "GET") parameters.body = typeof body === "string" || body instanceof Blob ? body : JSON.stringify(body ?? {});
  const sent = sessionStorage.getItem(TOKEN);
  const response = await reached(address(path), { ...parameters, headers: headers({ ...json, ...more.headers }) });
  if (response.status === 401 && asks) {
    if (sessionStorage.getItem(TOKEN) === sent) { // else the user has given another token since
      const token = await askForToken(sent !== null);
      if (token === null) throw new Refused("The control routes need the control token.", 401);
      sessionStorage.setItem(TOKEN, token);
    }
    return send(method, path, body, more);
  }
  if (!response.ok) {
    const problem = await response.json().catch(() => ({}));
    throw new Refused(problem.detail ?? response.statusText, response.status, problem.errors);
  }
  return response;
}

function address(path) {
  const mark = path.includes("?") ? "&" : "?";
  return `/_beanpole${path}${mark}account=${account}&region=${region}`;
}

/** All rows of an operation that answers in pages. */
export async function all(action, parameters, member) {
  const rows = [];
  let token = null;
  do {
    const page = await look(action, { ...parameters, ...(token ? { NextToken: token } : {}) });
    rows.push(...(page[member] ?? []));
    token = page.NextToken;
  } while (token);
  return rows;
}

/** The line of the AWS CLI that makes the same call, quoted for a shell. */
export function cli(action, parameters) {
  const words = ["aws", "elasticbeanstalk", kebab(action)];
  for (const [name, value] of Object.entries(parameters)) {
    if (value === null || value === undefined) continue;
    const option = `--${kebab(name)}`;
    if (value === true) words.push(option);
    else if (value === false) words.push(`--no-${kebab(name)}`);
    else if (Array.isArray(value) && value.every((element) => typeof element === "string")) words.push(option, ...value.map(quoted));
    else {
      const text = typeof value === "object" ? JSON.stringify(value) : String(value);
      if (text.startsWith("-")) words.push(`${option}=${quoted(text)}`); // else it is taken for an option itself
      else words.push(option, quoted(text));
    }
  }
  return words.join(" ");
}

/** The line of curl that makes the same call of a control route. */
export function curl(method, path, body) {
  const words = ["curl", "-X", method, quoted(location.origin + address(path))];
  if (needsToken) words.push("-H", '"X-Beanpole-Token: $BEANPOLE_CONTROL_TOKEN"');
  if (body !== undefined) words.push("-H", quoted("Content-Type: application/json"), "-d", quoted(JSON.stringify(body)));
  return words.join(" ");
}

export function quoted(word) {
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function kebab(name) {
  return name
    .replace("CNAMEs", "Cnames")
    .replace("CNAME", "Cname")
    .replace("ARN", "Arn")
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .toLowerCase();
}
