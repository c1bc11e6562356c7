/** Element building. Nothing here or elsewhere parses text as HTML: strings only ever become text nodes. */

const PROPERTIES = new Set([
  "value",
  "checked",
  "disabled",
  "hidden",
  "indeterminate",
  "selected",
  "tabIndex",
]);
const SVG = "http://www.w3.org/2000/svg";

/** An element with attributes, listeners (`on`), data attributes (`data`), custom properties (`css`) and children. */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) setProp(element, name, value);
  append(element, children);
  return element;
}

/** Props that are more than one attribute, each as a table of entries. */
const TABLES = {
  on: (element, event, listener) => element.addEventListener(event, listener),
  data: (element, key, value) => (element.dataset[key] = value),
  css: (element, key, value) => element.style.setProperty(key, value),
};

function setProp(element, name, value) {
  if (isNothing(value)) return;
  if (name in TABLES) {
    for (const [key, item] of Object.entries(value))
      if (!isNothing(item)) TABLES[name](element, key, item);
  } else if (PROPERTIES.has(name)) {
    element[name] = value;
  } else if (typeof value === "boolean" && !name.startsWith("aria-")) {
    element.toggleAttribute(name, value);
  } else {
    element.setAttribute(name, String(value));
  }
}

const isNothing = (value) => value === null || value === undefined;

/** Append nodes, strings and nested lists; null, undefined and false are left out. */
export function append(parent, children) {
  for (const child of children.flat(Infinity)) {
    if (isNothing(child) || child === false) continue;
    parent.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return parent;
}

/** A text in which no option, such as --ar, is broken at its hyphens. */
export function unbroken(text) {
  const pieces = text.split(/(?<!\S)(--[\w-]+)/);
  return pieces.map((piece, at) => (at % 2 ? h("span", { class: "unbroken" }, piece) : piece));
}

/** Replace everything inside an element. */
export function fill(parent, ...children) {
  parent.replaceChildren();
  return append(parent, children);
}

/** Run `draw`, which rebuilds the inside of `root`, and give the focus back to the control of the same name. */
export function keepingFocus(root, draw) {
  const focused = root.contains(document.activeElement) ? document.activeElement : null;
  draw();
  if (!focused || root.contains(focused)) return;
  const same = ({ dataset, className }) =>
    dataset.testid === focused.dataset.testid &&
    dataset.name === focused.dataset.name &&
    (dataset.testid || className === focused.className);
  [...root.querySelectorAll("button, a, [tabindex]")].find(same)?.focus({ preventScroll: true });
}

const ICONS = {
  hash: "M9.5 4 8 20M16 4l-1.5 16M4.5 9h16M3.5 15h16",
  at: "M12 15.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM15.500 8.500v4.500c0 3.500 5 3 5-1a8.500 8.500 0 1 0-3.500 6.900",
  menu: "M4 7h16M4 12h16M4 17h16",
  close: "M6 6l12 12M18 6 6 18",
  play: "M8 5v14l11-7Z",
  plus: "M12 5v14M5 12h14",
  send: "M4 12 20 4l-5 16-3.5-6.5L4 12Zm7.5 1.5L20 4",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12ZM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z",
  dots: "M5 12h.01M12 12h.01M19 12h.01",
  trash: "M4 7h16M9 7V4.5h6V7M6.5 7l1 13h9l1-13M10 11v5M14 11v5",
  id: "M3 6h18v12H3zM7 15v-5M11 15v-5h1.5a2.5 2.5 0 0 1 0 5H11Z",
  apps: "M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM17 14v6M14 17h6",
  chevron: "m6 9 6 6 6-6",
  right: "m9 6 6 6-6 6",
  left: "m15 6-6 6 6 6",
  coin: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 8v8M8 12h8",
  help: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM9.5 9.5a2.5 2.5 0 1 1 3.4 2.3c-.6.3-.9.8-.9 1.4v.6M12 17h.01",
  file: "M6 3h8l5 5v13H6zM14 3v5h5",
  download: "M12 4v11M7 10.5l5 5 5-5M5 20h14",
  external: "M14 4h6v6M20 4l-9 9M18 14v6H4V6h6",
  warning: "M12 4 2.5 20h19L12 4ZM12 10v4.5M12 17.5h.01",
  check: "m5 12.5 4.5 4.5L19 7.5",
  people:
    "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM2.5 20c.5-4 3-6 6.5-6s6 2 6.5 6M16 4.5a3.3 3.3 0 0 1 0 6.3M18 14.5c2 .9 3.2 2.7 3.5 5.5",
  upload: "M12 16V5M7 9.5l5-5 5 5M5 20h14",
  slash: "M15 5 9 19",
  shield: "M12 3 5 5.5v6c0 4.5 3 7.5 7 9.5 4-2 7-5 7-9.5v-6L12 3Z",
  role: "M12 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4 21c.6-4.600 3.600-7 8-7s7.400 2.400 8 7",
  dot: "M12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z",
};

/** A decorative line icon; the control around it carries the name. */
export function icon(name, className = "icon") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", className);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name] ?? ICONS.dot);
  svg.append(path);
  return svg;
}

/** A button that shows only an icon, with its name for readers and as a tooltip. */
export function iconButton(name, label, onClick, props = {}) {
  return h(
    "button",
    {
      type: "button",
      class: "icon-button",
      "aria-label": label,
      title: label,
      on: { click: onClick },
      ...props,
    },
    icon(name),
  );
}

/** Three pulsing dots: something is under way. */
export function dots(className) {
  return h("span", { class: className, "aria-hidden": "true" }, h("i"), h("i"), h("i"));
}

/** A CSS colour from Discord's integer or from a "#rrggbb" text; null where there is none. */
export function cssColor(value) {
  if (typeof value === "number" && value > 0) return `#${value.toString(16).padStart(6, "0")}`;
  if (typeof value === "string" && /^#[0-9a-f]{3,8}$/i.test(value)) return value;
  return null;
}

/** Bytes as people read them. */
export function fileSize(bytes) {
  if (!Number.isFinite(bytes)) return "";
  if (bytes < 1024) return `${bytes} bytes`;
  const units = ["KB", "MB", "GB"];
  const power = Math.min(Math.floor(Math.log2(bytes) / 10), units.length);
  return `${(bytes / 1024 ** power).toFixed(power > 1 ? 2 : 1)} ${units[power - 1]}`;
}
