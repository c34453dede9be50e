// Elements made of data: every text becomes a text node or the value of an attribute, so markup in it is never read.

const SVG = "http://www.w3.org/2000/svg";

/** An element of HTML; an attribute that is a function, such as `onclick`, listens. */
export function h(tag, attributes, ...children) {
  return build(document.createElement(tag), attributes, children);
}

/** An element of SVG. */
export function s(tag, attributes, ...children) {
  return build(document.createElementNS(SVG, tag), attributes, children);
}

export const $ = (selector, within = document) => within.querySelector(selector);

function build(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") listen(element, name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...nodes(children));
  return element;
}

function listen(element, type, handler) {
  element.handlers ??= {};
  if (!(type in element.handlers)) element.addEventListener(type, (event) => element.handlers[type](event));
  element.handlers[type] = handler;
}

function nodes(children) {
  return children
    .flat(Infinity)
    .filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : document.createTextNode(String(child))));
}

/**
 * Let a parent have these children, and change no more of the page than differs: focus, selection and scrolling stay.
 * Children with `data-key` are found again by it; what is in an element with `data-own` is left as it is.
 */
export function patch(parent, ...children) {
  const keyed = new Map([...parent.children].filter((child) => child.dataset?.key).map((child) => [child.dataset.key, child]));
  let here = parent.firstChild;
  for (const next of nodes(children)) {
    const key = next.dataset?.key;
    const old = key ? keyed.get(key) : here;
    if (!old || !alike(old, next)) {
      parent.insertBefore(next, here);
      continue;
    }
    if (old === here) here = here.nextSibling;
    else parent.insertBefore(old, here);
    if (old !== next) merge(old, next);
  }
  while (here) {
    const following = here.nextSibling;
    here.remove();
    here = following;
  }
}

function alike(old, next) {
  return old.nodeName === next.nodeName && old.dataset?.key === next.dataset?.key;
}

/** Let an element become what another one is. */
export function merge(old, next) {
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== next.data) old.data = next.data;
    return;
  }
  const isOther = old.getAttribute("value") !== next.getAttribute("value"); // else what a user has typed stays
  for (const { name } of [...old.attributes]) if (!next.hasAttribute(name) && name !== "open") old.removeAttribute(name);
  for (const { name, value } of next.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  if (old instanceof HTMLInputElement && isOther && next.hasAttribute("value") && old !== document.activeElement) {
    old.value = next.value;
  }
  for (const [type, handler] of Object.entries(next.handlers ?? {})) listen(old, type, handler);
  for (const type of Object.keys(old.handlers ?? {})) if (!(type in (next.handlers ?? {}))) old.handlers[type] = () => {};
  if (!next.hasAttribute("data-own")) patch(old, ...next.childNodes);
}
