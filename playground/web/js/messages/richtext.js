/** Markdown trees as elements: every string becomes a text node, every link is http or https. */

import { append, cssColor, h, unbroken } from "../widgets/dom.js";
import { parseInline, parseMarkdown } from "./markdown.js";
import { fullTime, timestampText } from "../widgets/time.js";

/**
 * Render a message text into nodes.
 * `names` resolves mentions: `user(id)`, `role(id)`, `channel(id)`; `onCommand(name)` and `onChannel(id)` follow clicks.
 */
export function renderMarkdown(text, names) {
  return parseMarkdown(text).map((block) => renderBlock(block, names));
}

/** Render one line of text (a label, a title) into nodes. */
export function renderInline(text, names) {
  return inline(parseInline(text), names);
}

/** What a reader of a message text sees, on one line and without what a spoiler hides. */
export function plainText(text, names) {
  const shown = h("div", {}, renderMarkdown(text, names));
  for (const spoiler of shown.querySelectorAll(".spoiler")) spoiler.replaceWith("spoiler");
  for (const block of shown.querySelectorAll("p, li, blockquote, pre, h3, h4, h5")) block.append(" ");
  return shown.textContent.replace(/\s+/g, " ").trim();
}

const BLOCKS = {
  paragraph: (block, names) => h("p", {}, inline(block.children, names)),
  heading: (block, names) =>
    h(
      `h${block.level + 2}`,
      { class: `heading heading-${block.level}` },
      inline(block.children, names),
    ),
  subtext: (block, names) => h("p", { class: "subtext" }, inline(block.children, names)),
  quote: (block, names) =>
    h(
      "blockquote",
      {},
      block.blocks.map((inner) => renderBlock(inner, names)),
    ),
  codeblock: (block) =>
    h("pre", { tabIndex: 0 }, h("code", { data: { language: block.language } }, block.text)),
  list: renderList,
};

function renderBlock(block, names) {
  return BLOCKS[block.type](block, names);
}

function renderList(block, names) {
  const items = block.items.map((item) =>
    h(
      "li",
      {},
      inline(item.children, names),
      item.blocks.map((inner) => renderBlock(inner, names)),
    ),
  );
  return h(block.ordered ? "ol" : "ul", block.ordered ? { start: block.start } : {}, items);
}

function inline(nodes, names) {
  return nodes.map((node) => INLINE[node.type](node, names));
}

const wrap = (tag, className) => (node, names) =>
  h(tag, className ? { class: className } : {}, inline(node.children, names));

const INLINE = {
  text: (node) => unbroken(node.text),
  strong: wrap("strong"),
  em: wrap("em"),
  underline: wrap("u"),
  strike: wrap("s"),
  code: (node) => h("code", {}, unbroken(node.text)),
  spoiler: (node, names) => spoilerText(inline(node.children, names)),
  link: (node, names) =>
    messageLink(node, names) ?? outsideLink(node.url, inline(node.children, names)),
  user: (node, names) => userMention(names.user(node.id)),
  role: (node, names) => roleMention(names.role(node.id)),
  channel: (node, names) => channelMention(node.id, names),
  command: (node, names) => commandMention(node.name, names),
  everyone: (node) => h("span", { class: "mention" }, node.text),
  emoji: (node) => h("span", { class: "custom-emoji", title: `:${node.name}:` }, `:${node.name}:`),
  time: (node) => timestamp(node.unix, node.style),
};

/** A link that leaves the page; anything but http and https stays plain text. */
export function outsideLink(url, children, props = {}) {
  if (!/^https?:\/\//i.test(url)) return h("span", {}, children);
  return h(
    "a",
    { href: url, target: "_blank", rel: "noopener noreferrer nofollow", title: url, ...props },
    children,
  );
}

function userMention(user) {
  return h("span", { class: "mention" }, `@${user?.name ?? "unknown-user"}`);
}

function roleMention(role) {
  const color = cssColor(role?.color);
  return h(
    "span",
    { class: "mention", css: color ? { "--mention": color } : {} },
    `@${role?.name ?? "unknown-role"}`,
  );
}

function channelMention(id, names) {
  const channel = names.channel(id);
  if (!channel) return h("span", { class: "mention" }, "#unknown");
  return h(
    "button",
    { type: "button", class: "mention", on: { click: () => names.onChannel(id) } },
    `#${channel.name}`,
  );
}

const MESSAGE_LINK = /^https:\/\/discord\.com\/channels\/(?:\d+|@me)\/(\d+)\/(\d+)$/;

/** The address of a message here leads to it; a bare one is shown as its channel, as in Discord. */
function messageLink({ url, children }, names) {
  const [, channelId, messageId] = MESSAGE_LINK.exec(url) ?? [];
  const channel = channelId && names.channel(channelId);
  if (!channel) return null;
  const isBare = children[0]?.text === url;
  return h(
    "button",
    {
      type: "button",
      class: isBare ? "mention" : "message-link",
      title: url,
      data: { testid: "message-link" },
      on: { click: () => names.onMessage(channelId, messageId) },
    },
    isBare ? `#${channel.name} › 💬` : inline(children, names),
  );
}

function commandMention(name, names) {
  return h(
    "button",
    {
      type: "button",
      class: "mention",
      data: { testid: "command-mention" },
      on: { click: () => names.onCommand(name) },
    },
    `/${name}`,
  );
}

function timestamp(unix, style) {
  const date = new Date(unix * 1000);
  const valid = !Number.isNaN(date.getTime());
  const data = style === "R" ? { relative: unix } : {};
  const props = {
    class: "timestamp",
    data,
    title: valid ? fullTime(date) : null,
    datetime: valid ? date.toISOString() : null,
  };
  return h("time", props, timestampText(unix, style));
}

/** Text hidden until it is clicked or Enter or Space is pressed on it. */
function spoilerText(children) {
  const inner = append(h("span", { class: "spoiler-inner", "aria-hidden": "true" }), children);
  const props = {
    class: "spoiler",
    role: "button",
    tabIndex: 0,
    "aria-label": "Spoiler, press to reveal",
  };
  const node = h("span", props, inner);
  const reveal = (event) => {
    if (node.classList.contains("revealed")) return;
    if (event.type === "keydown" && event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    event.stopPropagation();
    node.classList.add("revealed");
    inner.removeAttribute("aria-hidden");
    for (const name of ["role", "tabindex", "aria-label"]) node.removeAttribute(name);
  };
  node.addEventListener("click", reveal, true);
  node.addEventListener("keydown", reveal, true);
  return node;
}
