/** Everything around the messages: servers, channels, the acting member, the header and the member list. */

import { drive } from "../client/api.js";
import { openAbout } from "../widgets/dialogs.js";
import { fill, h, icon, iconButton, keepingFocus } from "../widgets/dom.js";
import { openMenu } from "../widgets/menu.js";
import { avatar, botTag, nameTag } from "./people.js";

const TOP_UP_CREDITS = 25;

/** Mount the surroundings and keep them in step with the store. */
export function mountSurroundings(elements, context) {
  const { store } = context;
  const draw = () => {
    drawRail(elements.rail, store);
    drawChannels(elements, store);
    drawUserPanel(elements.userPanel, context);
    drawHeader(elements, store);
    drawMembers(elements.members, context);
    drawBanner(elements.banner, store);
  };
  for (const topic of ["world", "member", "channel", "link"])
    store.on(topic, () => keepingFocus(elements.app, draw));
  elements.scrim.addEventListener("click", () => closeDrawers(elements.app));
  document.addEventListener(
    "keydown",
    (event) => event.key === "Escape" && closeDrawers(elements.app),
  );
}

function closeDrawers(app) {
  app.classList.remove("show-sidebar", "show-members");
}

function drawRail(rail, store) {
  const { guilds, guild } = store.world;
  fill(
    rail,
    (guilds.length ? guilds : [{ id: null, name: "…" }]).map((one) =>
      railServer(one, one.id === guild?.id, store),
    ),
    h("hr", { class: "rail-line" }),
    iconButton("help", "About this playground", () => openAbout(store), {
      class: "rail-icon rail-help",
      data: { testid: "about" },
    }),
  );
}

function railServer({ id, name }, open, store) {
  const words = name.split(/\s+/);
  const initials = words.length > 1 ? words.map((word) => word[0]).join("") : name.slice(0, 1);
  return h(
    "div",
    { class: `rail-server${open ? " active" : ""}`, title: name },
    h(
      "button",
      {
        type: "button",
        class: "rail-icon",
        "aria-label": open ? `${name}, open` : name,
        "aria-current": open ? "page" : null,
        data: { testid: "server", name },
        on: { click: () => id && store.openGuild(id) },
      },
      initials,
    ),
  );
}

function drawChannels({ channels, app }, store) {
  const open = (id) => {
    closeDrawers(app);
    store.openChannel(id);
  };
  const rows = (list) =>
    h(
      "ul",
      {},
      list.map((channel) => channelRow(channel, store, open)),
    );
  const direct = store.directChannels();
  fill(
    channels,
    h("h1", { class: "guild-name" }, store.world.guild?.name ?? "Loading…"),
    h("h2", { class: "channel-group" }, "Text channels"),
    rows(store.textChannels()),
    direct.length > 0 && [h("h2", { class: "channel-group" }, "Direct messages"), rows(direct)],
  );
}

function channelRow(channel, store, open) {
  const current = channel.id === store.channel;
  const unread = store.unread.has(channel.id);
  const row = h(
    "button",
    {
      type: "button",
      class: `channel${current ? " current" : ""}${unread ? " unread" : ""}`,
      "aria-current": current ? "page" : null,
      data: { testid: "channel", name: channel.name },
      on: { click: () => open(channel.id) },
    },
    channel.direct ? avatar(store.botMember(), store, "xs") : icon("hash"),
    h("span", { class: "channel-name" }, channel.name),
    channel.nsfw && h("span", { class: "age-tag", title: "Age-restricted channel" }, "18+"),
    unread && h("span", { class: "visually-hidden" }, ", new messages"),
  );
  return h("li", {}, row);
}

function drawUserPanel(panel, context) {
  const { store } = context;
  const actor = store.actor();
  if (!actor) return void fill(panel);
  const who = h(
    "button",
    {
      type: "button",
      class: "user-button",
      "aria-haspopup": "menu",
      title: "Switch the acting member",
      data: { testid: "user-panel", member: actor.name },
      on: { click: (event) => chooseMember(event.currentTarget, store) },
    },
    h("span", { class: "avatar-spot online" }, avatar(actor, store, "s")),
    h(
      "span",
      { class: "user-words" },
      h("span", { class: "user-name" }, actor.name),
      h("span", { class: "user-status" }, roleText(actor)),
    ),
    icon("chevron"),
  );
  const topUp =
    store.world.top_up &&
    h(
      "button",
      {
        type: "button",
        class: "top-up",
        title: `Add ${TOP_UP_CREDITS} credits to ${actor.name}'s account`,
        data: { testid: "top-up" },
        on: { click: (event) => addCredits(event.currentTarget, context, actor) },
      },
      icon("coin"),
      "Top up",
    );
  fill(panel, who, languageField(store, actor, context.toasts), topUp);
}

/** The language of the acting member's client; nothing while the bot speaks one only. */
function languageField(store, actor, toasts) {
  const languages = store.languages();
  if (languages.length < 2) return null;
  const chosen = actor.locale ?? languages[0];
  const field = h(
    "select",
    {
      class: "language",
      "aria-label": `Language of ${actor.name}'s client`,
      title: `Language of ${actor.name}'s client`,
      data: { testid: "language" },
    },
    [...new Set([...languages, chosen])].map((code) =>
      h("option", { value: code, selected: code === chosen }, languageName(code)),
    ),
  );
  field.addEventListener("change", async () => {
    try {
      await store.speak(field.value);
    } catch (refusal) {
      toasts.complain("The language was not changed.", refusal.message);
    }
  });
  return field;
}

/** A language in its own words, without the country of the usual one. */
const languageName = (code) =>
  new Intl.DisplayNames([code], { type: "language" }).of(code === "en-US" ? "en" : code);

const roleText = (member) =>
  member.owner ? "Owner" : (member.roles?.[0]?.name ?? "Member");

function chooseMember(anchor, store) {
  const items = store.people().map((member) => ({
    label: member.name,
    hint: roleText(member),
    picture: avatar(member, store, "xs"),
    testid: "switch-member",
    name: member.name,
    onPick: () => store.switchMember(member.id),
  }));
  openMenu(anchor, items, "Act as");
}

async function addCredits(button, { store, toasts }, actor) {
  button.disabled = true;
  try {
    await drive.topUp({ member: store.member, credits: TOP_UP_CREDITS });
    toasts.tell(`${TOP_UP_CREDITS} credits added to ${actor.name}'s account.`);
  } catch (refusal) {
    toasts.complain("The account was not topped up.", refusal.message);
  } finally {
    button.disabled = false;
  }
}

function drawHeader({ header, app }, store) {
  const channel = store.place();
  const toggle = (name) => () => {
    app.classList.toggle(name);
  };
  fill(
    header,
    iconButton("menu", "Channels", toggle("show-sidebar"), {
      class: "icon-button burger",
      data: { testid: "burger" },
    }),
    icon(channel?.direct ? "at" : "hash", "icon header-hash"),
    h("h2", { class: "header-name" }, channel?.name ?? ""),
    channel?.topic && h("span", { class: "header-topic", title: channel.topic }, channel.topic),
    iconButton(
      "people",
      "Member list",
      toggle(window.innerWidth > 900 ? "hide-members" : "show-members"),
      { class: "icon-button members-toggle", data: { testid: "members-toggle" } },
    ),
  );
}

function drawBanner(banner, store) {
  const offline = store.world.application && !store.world.bot?.connected;
  const words = !store.linked
    ? "Connection to the playground lost. Reconnecting…"
    : offline
      ? `${store.botMember()?.name ?? "The bot"} is offline. Commands will work as soon as it connects.`
      : "";
  banner.hidden = !words;
  banner.dataset.testid = "banner";
  if (banner.textContent !== words)
    fill(banner, words && h("span", { class: "spinner", "aria-hidden": "true" }), words);
}

function drawMembers(aside, context) {
  const { members } = context.store.world;
  const groups = [
    ["Moderators", members.filter(({ bot, moderator }) => moderator && !bot)],
    ["Members", members.filter(({ bot, moderator }) => !moderator && !bot)],
    ["Apps", members.filter(({ bot }) => bot)],
  ];
  fill(
    aside,
    groups
      .filter(([, list]) => list.length)
      .map(([title, list]) => [
        h("h3", { class: "member-group" }, `${title} — ${list.length}`),
        h(
          "ul",
          {},
          list.map((member) => memberRow(member, context)),
        ),
      ]),
  );
}

function memberRow(member, context) {
  const { store } = context;
  const online = !member.bot || store.world.bot?.connected;
  const open = (anchor) => context.menus.onMember(member, anchor);
  const row = h(
    "button",
    {
      type: "button",
      class: `member${online ? "" : " offline"}`,
      "aria-haspopup": "menu",
      data: { testid: "member", name: member.name },
      on: {
        click: (event) => open(event.currentTarget),
        contextmenu: (event) => {
          event.preventDefault();
          open(
            event.clientX || event.clientY
              ? { x: event.clientX, y: event.clientY }
              : event.currentTarget,
          );
        },
      },
    },
    h("span", { class: `avatar-spot ${online ? "online" : "away"}` }, avatar(member, store, "s")),
    nameTag(member, store),
    botTag(member),
    h("span", { class: "visually-hidden" }, online ? "online" : "offline"),
  );
  return h("li", {}, row);
}
