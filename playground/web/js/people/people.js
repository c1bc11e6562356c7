/** How members look: generated avatars, names in the colour of their role, the BOT tag. */

import { cssColor, h, icon } from "../widgets/dom.js";

const PALETTE = [
  "#5865f2",
  "#3ba55c",
  "#c4841d",
  "#d8434e",
  "#c2459d",
  "#1f8fa8",
  "#7a5af8",
  "#8a6d3b",
];

function initials(name) {
  const words = name
    .trim()
    .split(/[\s_-]+/)
    .filter(Boolean);
  const letters =
    words.length > 1
      ? [words[0], words.at(-1)].map((word) => [...word][0])
      : [...(words[0] ?? "?")].slice(0, 1);
  return letters.join("").toUpperCase();
}

function ownColor(id) {
  let sum = 0;
  for (const character of String(id)) sum = (sum * 31 + character.charCodeAt(0)) >>> 0;
  return PALETTE[sum % PALETTE.length];
}

/** What a message author or a member is called here. */
export function displayName(user) {
  return user?.name ?? user?.global_name ?? user?.username ?? "Unknown";
}

/** The colour of the first coloured role, or null. */
export function nameColor(member) {
  for (const role of member?.roles ?? []) {
    const color = cssColor(role.color);
    if (color) return readable(color);
  }
  return null;
}

const BACKGROUND_LUMINANCE = 0.034;
const CONTRAST = 4.6;

/** Role colours may be as dark as they like; here they are lightened until they can be read on the page. */
function readable(color) {
  let channels = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
  while ((luminance(channels) + 0.05) / (BACKGROUND_LUMINANCE + 0.05) < CONTRAST) {
    channels = channels.map((value) => Math.min(255, value + Math.max(4, (255 - value) * 0.08)));
  }
  return `rgb(${channels.map(Math.round).join(" ")})`;
}

/** Relative luminance as WCAG defines it. */
function luminance(channels) {
  const [red, green, blue] = channels.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** A round picture with the initials of a user; `size` is a class suffix. */
export function avatar(user, store, size = "m") {
  const member = store.memberOf(user?.id) ?? user;
  const color = cssColor(member?.avatar_color) ?? ownColor(user?.id ?? "0");
  const name = displayName(member ?? user);
  return h(
    "span",
    { class: `avatar avatar-${size}`, css: { "--avatar": color }, "aria-hidden": "true" },
    initials(name),
  );
}

/** The name of an author in its role's colour. */
export function nameTag(user, store, tag = "span") {
  const member = store.memberOf(user?.id);
  const color = nameColor(member);
  return h(
    tag,
    { class: "name", css: color ? { "--name": color } : {} },
    displayName(member ?? user),
  );
}

/** Discord's tag after the name of an application. */
export function botTag(user) {
  if (!user?.bot) return null;
  return h("span", { class: "bot-tag", title: "Verified by this playground only" }, "BOT");
}

/** The shield beside a moderator's name. */
export function moderatorTag(member) {
  return member?.moderator
    ? h(
        "span",
        { class: "moderator-tag", title: "Moderator" },
        icon("shield"),
        h("span", { class: "visually-hidden" }, "Moderator"),
      )
    : null;
}
