/** Message components, version 2 and classic: each type of Discord's has its builder here. */

import { cssColor, dots, h, icon } from "../widgets/dom.js";
import { fileCard, gallery, hideBehindSpoiler, mediaOf, mediaUrl, thumbnail } from "./media.js";
import { renderMarkdown } from "./richtext.js";
import { emojiNode, Select, SELECT_TYPES } from "../forms/selects.js";

const TYPE = {
  row: 1,
  button: 2,
  section: 9,
  text: 10,
  thumbnail: 11,
  gallery: 12,
  file: 13,
  separator: 14,
  container: 17,
};
const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link", 6: "premium" };

/** Elements for the components of a message; `context` is {store, interactions, message}. */
export function renderComponents(components, context) {
  return (components ?? []).map((component) => renderComponent(component, context));
}

function renderComponent(component, context) {
  if (SELECT_TYPES.has(component.type)) return select(component, context);
  const build = BUILDERS[component.type];
  if (build) return build(component, context);
  return h(
    "p",
    { class: "unsupported" },
    `This page cannot show components of type ${component.type} yet.`,
  );
}

const BUILDERS = {
  [TYPE.row]: (component, context) =>
    h(
      "div",
      { class: "action-row", data: { testid: "action-row" } },
      renderComponents(component.components, context),
    ),
  [TYPE.button]: button,
  [TYPE.section]: section,
  [TYPE.text]: (component, { store }) =>
    h("div", { class: "text-display" }, renderMarkdown(component.content, store.names())),
  [TYPE.thumbnail]: (component, { message }) => thumbnail(mediaOf(component, message)),
  [TYPE.gallery]: (component, { message }) =>
    gallery(component.items.map((item) => mediaOf(item, message))),
  [TYPE.file]: file,
  [TYPE.separator]: separator,
  [TYPE.container]: container,
};

function container(component, context) {
  const color = cssColor(component.accent_color);
  const box = h(
    "div",
    {
      class: `container${color ? " accented" : ""}`,
      css: color ? { "--accent": color } : {},
      data: { testid: "container" },
    },
    renderComponents(component.components, context),
  );
  return component.spoiler ? hideBehindSpoiler(box) : box;
}

function section(component, context) {
  const words = h(
    "div",
    { class: "section-words" },
    renderComponents(component.components, context),
  );
  return h(
    "div",
    { class: "section" },
    words,
    component.accessory && renderComponent(component.accessory, context),
  );
}

function separator(component) {
  const props = {
    class: `separator${component.spacing === 2 ? " wide" : ""}${component.divider === false ? " blank" : ""}`,
  };
  return component.divider === false ? h("div", props) : h("hr", props);
}

function file(component, { message }) {
  const url = mediaUrl(component.file.url, message.attachments);
  const known =
    (message.attachments ?? []).find(
      (item) => item.id === component.file.attachment_id || mediaUrl(item.url) === url,
    ) ?? {};
  const name =
    component.name ?? known.filename ?? decodeURIComponent(url.split(/[?#]/)[0].split("/").at(-1));
  return fileCard({ url, name, size: component.size ?? known.size, spoiler: component.spoiler });
}

function button(component, context) {
  const style = STYLES[component.style] ?? "secondary";
  const content = [
    component.emoji && emojiNode(component.emoji),
    h("span", { class: "button-label" }, component.label ?? (component.emoji ? "" : "\u200b")),
  ];
  const shared = {
    class: `button button-${style}`,
    "aria-label": component.label ? null : component.emoji?.name,
  };
  if (component.style === 5) return linkButton(component, shared, content);
  const node = h(
    "button",
    {
      ...shared,
      type: "button",
      disabled: Boolean(component.disabled) || component.style === 6,
      data: { testid: "button", customId: component.custom_id, label: component.label },
    },
    content,
    dots("button-dots"),
  );
  node.addEventListener("click", () => press(node, component, context));
  return node;
}

function linkButton(component, shared, content) {
  const safe = /^(https?|discord):\/\//i.test(component.url ?? "");
  if (!safe || component.disabled)
    return h("button", { ...shared, type: "button", disabled: true }, content, icon("external"));
  return h(
    "a",
    {
      ...shared,
      href: component.url,
      target: "_blank",
      rel: "noopener noreferrer",
      data: { testid: "link-button", label: component.label },
    },
    content,
    icon("external"),
  );
}

async function press(node, component, { interactions, message }) {
  if (node.classList.contains("waiting")) return;
  node.classList.add("waiting");
  node.setAttribute("aria-busy", "true");
  await interactions.click(message, component.custom_id);
  node.classList.remove("waiting");
  node.removeAttribute("aria-busy");
}

function select(component, { store, interactions, message }) {
  const control = new Select(component, store, {
    onCommit: (values) => interactions.select(message, component.custom_id, values),
  });
  return h("div", { class: "select-row" }, control.button);
}
