/** One message as a row: who, when, what it replies to, its content and what is only for the reader. */

import { renderComponents } from "./components.js";
import { dots, h, icon, iconButton } from "../widgets/dom.js";
import { renderEmbeds } from "./embeds.js";
import { labelOf } from "../client/commands.js";
import { NO_ANSWER } from "../client/interactions.js";
import { attachmentList } from "./media.js";
import { avatar, botTag, displayName, moderatorTag, nameTag } from "../people/people.js";
import { plainText, renderMarkdown } from "./richtext.js";
import { FLAGS, isEphemeral, isThinking } from "../client/store.js";
import { fullTime, messageTime, shortTime } from "../widgets/time.js";

/** Build the row of a message; `grouped` leaves out the author shown just above. */
export function messageRow(message, grouped, context) {
  const { store } = context;
  const ephemeral = isEphemeral(message);
  const classes = [
    "message",
    grouped && "grouped",
    ephemeral && "ephemeral",
    message.local && `local-${message.local}`,
    mentionsActor(message, store) && "mentioned",
  ];
  const row = h("li", {
    class: classes.filter(Boolean).join(" "),
    tabIndex: -1,
    "aria-label": rowLabel(message, store),
    data: {
      testid: "message",
      id: message.id,
      ephemeral: ephemeral || null,
      thinking: isThinking(message) || null,
      local: message.local,
    },
  });
  row.append(
    ...[
      replyLine(message, store),
      gutter(message, grouped, store),
      body(message, grouped, context),
      toolbar(message, context),
    ].filter(Boolean),
  );
  return row;
}

const authorName = ({ author }, store) => displayName(store.memberOf(author.id) ?? author);

function rowLabel(message, store) {
  const time = messageTime(new Date(message.timestamp));
  return `${authorName(message, store)}, ${time}${isEphemeral(message) ? ", only you can see this" : ""}`;
}

function mentionsActor(message, store) {
  if (isEphemeral(message)) return false;
  const roles = new Set(store.actor()?.roles?.map(({ id }) => id));
  return (
    Boolean(message.mention_everyone) ||
    (message.mentions ?? []).some(({ id }) => id === store.member) ||
    (message.mention_roles ?? []).some((id) => roles.has(id))
  );
}

/** The interaction whose command a message answers, or null; a form answers for the command that opened it. */
export function usedCommand({ interaction_metadata: data }) {
  if (data?.name) return data;
  return data?.triggering_interaction_metadata?.name ? data.triggering_interaction_metadata : null;
}

/** "Mina used /imagine", or the message that is answered. */
function replyLine(message, store) {
  const used = usedCommand(message);
  if (used) return usedLine(used, store);
  const target = message.message_reference?.message_id;
  if (!target) return null;
  const original = store.message(target) ?? message.referenced_message;
  const words = original
    ? [
        avatar(original.author, store, "xxs"),
        nameTag(original.author, store),
        h("span", { class: "reply-text" }, previewText(original, store)),
      ]
    : [h("span", { class: "reply-text" }, h("em", {}, "Original message was deleted"))];
  return h("div", { class: "reply" }, words);
}

function usedLine(data, store) {
  const isMenu = (data.command_type ?? 1) !== 1 || isMenuCommand(data.name, store);
  const label = labelOf(store.commands(), data.name);
  return h(
    "div",
    { class: "reply", data: { testid: "reply-line" } },
    avatar(data.user, store, "xxs"),
    nameTag(data.user, store),
    " used ",
    h("span", { class: "command-name" }, isMenu ? label : `/${label}`),
  );
}

function isMenuCommand(name, store) {
  return store.world.commands.some((command) => command.name === name && (command.type ?? 1) !== 1);
}

/** A line of plain text that stands for a message, with names and times as they are shown. */
export function previewText(message, store) {
  const texts = message.content ? [message.content] : collectText(message.components);
  const text = texts.map((one) => plainText(one, store.names())).join(" · ");
  if (text) return text.slice(0, 200);
  return message.attachments?.length ? "Click to see attachment" : "";
}

function collectText(components) {
  return (components ?? []).flatMap((component) =>
    component.type === 10 ? [component.content] : collectText(component.components),
  );
}

function gutter(message, grouped, store) {
  if (!grouped) return h("div", { class: "gutter" }, avatar(message.author, store));
  return h(
    "div",
    { class: "gutter" },
    h("time", { class: "side-time" }, shortTime(new Date(message.timestamp))),
  );
}

function header(message, store) {
  const date = new Date(message.timestamp);
  const member = store.memberOf(message.author.id);
  return h(
    "div",
    { class: "message-header" },
    nameTag(message.author, store, "h3"),
    botTag(message.author),
    moderatorTag(member),
    h(
      "time",
      { class: "message-time", datetime: date.toISOString(), title: fullTime(date) },
      messageTime(date),
    ),
  );
}

function body(message, grouped, context) {
  const { store } = context;
  const content = h(
    "div",
    { class: "message-content", data: { testid: "message-content" } },
    contentNodes(message, context),
  );
  const edited =
    message.edited_timestamp &&
    h("span", { class: "edited", title: fullTime(new Date(message.edited_timestamp)) }, "(edited)");
  if (edited) placeEdited(content, edited);
  return h(
    "div",
    { class: "message-body" },
    !grouped && header(message, store),
    content,
    note(message, store),
    footer(message, store),
  );
}

function contentNodes(message, context) {
  if (message.local === "sending") return working("Sending command…");
  if (message.local === "failed")
    return h(
      "p",
      { class: "no-answer", data: { testid: "no-answer" } },
      icon("warning"),
      message.reason ?? NO_ANSWER,
    );
  if (isThinking(message)) return working(`${authorName(message, context.store)} is thinking…`);
  if ((message.flags ?? 0) & FLAGS.componentsV2)
    return h(
      "div",
      { class: "components v2" },
      renderComponents(message.components, { ...context, message }),
    );
  return [
    message.content &&
      h("div", { class: "text" }, renderMarkdown(message.content, context.store.names())),
    ...attachmentList(message),
    (message.flags ?? 0) & FLAGS.suppressEmbeds ? null : renderEmbeds(message, context.store),
    message.components?.length
      ? h(
          "div",
          { class: "components" },
          renderComponents(message.components, { ...context, message }),
        )
      : null,
  ];
}

function working(text) {
  return h("p", { class: "thinking", data: { testid: "thinking" } }, dots("thinking-dots"), text);
}

/** Classic text carries the mark in its last line, everything else below. */
function placeEdited(content, edited) {
  const last =
    content.firstElementChild?.classList.contains("text") && content.childElementCount === 1
      ? content.firstElementChild.lastElementChild
      : null;
  if (last?.tagName === "P") last.append(" ", edited);
  else content.append(edited);
}

function note(message, store) {
  const text = store.notes?.get(message.id);
  return (
    text &&
    h(
      "p",
      { class: "no-answer", role: "alert", data: { testid: "component-failed" } },
      icon("warning"),
      text,
    )
  );
}

function footer(message, store) {
  if (!isEphemeral(message) && message.local !== "failed") return null;
  const dismiss = h(
    "button",
    {
      type: "button",
      class: "text-link",
      data: { testid: "dismiss" },
      on: { click: () => store.dismiss(message) },
    },
    "Dismiss message",
  );
  return h("p", { class: "only-you" }, icon("eye"), "Only you can see this · ", dismiss);
}

function toolbar(message, { openMenu }) {
  if (message.local) return null;
  const more = iconButton("dots", "More", (event) => openMenu(message, event.currentTarget), {
    data: { testid: "message-more" },
    "aria-haspopup": "menu",
  });
  return h("div", { class: "message-tools" }, more);
}
