/** What the page knows: the world, the acting member, the messages; and who wants to hear of a change. */

import { drive, follow } from "./api.js";
import { localized } from "./localization.js";

const DIRECT = 1;

export const FLAGS = {
  suppressEmbeds: 1 << 2,
  ephemeral: 1 << 6,
  loading: 1 << 7,
  componentsV2: 1 << 15,
};

/** Who acts until the reader chooses somebody else; the playground's people are fixed. */
const FIRST_MEMBER = "mina";

const remembered = (key) => {
  try {
    return sessionStorage.getItem(`atelier.${key}`);
  } catch {
    return null;
  }
};

function remember(key, value) {
  try {
    sessionStorage.setItem(`atelier.${key}`, value);
  } catch {
    // Storage may be switched off; the choice then lasts as long as the page.
  }
}

/**
 * The one state of the page. Listeners are told by topic:
 * "world", "member", "channel", "messages", "commands", "link", "put", "modal", "failed", "look".
 */
export class Store {
  world = {
    application: null,
    bot: { connected: false },
    guild: null,
    guilds: [],
    channels: [],
    members: [],
    roles: [],
    commands: [],
    top_up: false,
  };
  member = null;
  guild = null;
  channel = null;
  linked = true;
  loading = true;
  messages = new Map();
  unread = new Set();
  #dismissed = new Set(JSON.parse(remembered("dismissed") ?? "[]"));
  #listeners = new Map();
  #shownCommands = {};
  #stream = null;
  #broken = false;

  on(topic, listener) {
    if (!this.#listeners.has(topic)) this.#listeners.set(topic, []);
    this.#listeners.get(topic).push(listener);
  }

  emit(topic, detail) {
    for (const listener of this.#listeners.get(topic) ?? []) listener(detail);
  }

  /** Load the world, choose the member and channel of last time, and follow the events. */
  async start() {
    this.member = remembered("member") ?? FIRST_MEMBER;
    this.guild = remembered("guild");
    try {
      await this.#loadWorld();
    } catch (refusal) {
      if (refusal.status !== 404) throw refusal;
      this.member = FIRST_MEMBER;
      this.guild = null;
      await this.#loadWorld();
    }
    const people = this.people();
    const acting = people.find(
      ({ id, name }) => id === this.member || name.toLowerCase() === this.member,
    );
    this.member = (acting ?? people[0])?.id ?? null;
    const wanted = location.hash.slice(1) || remembered("channel");
    const channels = this.textChannels();
    this.channel =
      (channels.find(({ id, name }) => id === wanted || name === wanted) ?? channels[0])?.id ??
      null;
    this.emit("member");
    this.emit("channel");
    await this.#follow();
  }

  async #loadWorld() {
    Object.assign(this.world, await drive.state(this.member, this.guild));
    this.guild = this.world.guild.id;
    // A direct channel carries the member's own name; its reader knows it by the other end's.
    for (const channel of this.directChannels())
      Object.assign(channel, { direct: true, name: this.botMember()?.name ?? channel.name });
    this.emit("world");
    this.emit("commands");
  }

  /** Hear of changes first, and then ask how things are: what came in between would be lost. */
  async #follow() {
    this.#stream?.close();
    await new Promise((resolve) => {
      this.#stream = follow(
        this.member,
        (type, data) => this.#receive(type, data),
        (linked) => {
          this.#link(linked);
          if (linked) resolve();
        },
      );
    });
    await Promise.all([this.#loadWorld(), this.loadMessages()]);
  }

  #link(linked) {
    this.linked = linked;
    this.emit("link");
    // What happened while the stream was broken is only known by asking again.
    if (linked && this.#broken)
      Promise.all([this.#loadWorld(), this.loadMessages()]).catch(() => undefined);
    this.#broken = !linked;
  }

  async loadMessages() {
    const { channel, member } = this;
    if (!channel || !member) return;
    this.loading = !this.messages.has(channel);
    const list = await drive.messages(channel, member);
    if (channel !== this.channel || member !== this.member) return;
    this.loading = false;
    const local = (this.messages.get(channel) ?? []).filter((message) => message.local);
    this.messages.set(channel, [...list.filter(({ id }) => !this.#dismissed.has(id)), ...local]);
    this.emit("messages");
  }

  #receive(type, data) {
    const handlers = {
      message_create: () => this.put(data.message ?? data, true),
      message_update: () => this.put(data.message ?? data, false),
      message_delete: () => this.drop(data.channel_id, data.id),
      commands_update: () => this.#commands(data.commands),
      modal: () => this.emit("modal", data),
      interaction_failed: () => this.emit("failed", data),
      bot: () => this.#bot(data.connected),
    };
    handlers[type]?.();
  }

  #commands(commands) {
    this.world.commands = commands;
    this.emit("commands");
  }

  #bot(connected) {
    this.world.bot = { ...this.world.bot, connected };
    this.emit("world");
  }

  /** Add a message or replace the one with its id; `created` tells a new one from an edit. */
  put(message, created) {
    if (this.#dismissed.has(message.id)) return;
    const channel = message.channel_id ?? this.channel;
    const list = [...(this.messages.get(channel) ?? [])];
    const at = list.findIndex(({ id }) => id === message.id);
    const previous = list[at] ?? null;
    if (at >= 0) list[at] = message;
    else if (created || channel === this.channel) list.push(message);
    else return;
    this.messages.set(channel, list);
    this.#noteUnread(channel, created && at < 0);
    this.emit("put", { message, previous });
    if (channel === this.channel) this.emit("messages");
  }

  #noteUnread(channel, created) {
    if (!created || channel === this.channel || this.unread.has(channel)) return;
    this.unread.add(channel);
    // A first direct message opens a channel that the page has not heard of.
    if (!this.world.channels.some(({ id }) => id === channel))
      this.#loadWorld().catch(() => undefined);
    this.emit("channel");
  }

  drop(channel, id) {
    const list = this.messages.get(channel);
    if (!list?.some((message) => message.id === id)) return;
    this.messages.set(
      channel,
      list.filter((message) => message.id !== id),
    );
    if (channel === this.channel) this.emit("messages");
  }

  /** Hide a private message for good, as Discord's "Dismiss message" does. */
  dismiss(message) {
    if (!message.local) {
      this.#dismissed.add(message.id);
      remember("dismissed", JSON.stringify([...this.#dismissed].slice(-500)));
    }
    this.drop(message.channel_id ?? this.channel, message.id);
  }

  async switchMember(id) {
    if (id === this.member) return;
    this.member = id;
    remember("member", id);
    this.messages.clear();
    this.emit("member");
    this.emit("messages");
    await this.#loadWorld();
    if (!this.place()) await this.openChannel(this.textChannels()[0].id);
    await this.#follow();
  }

  /** Let the acting member's client speak another of Discord's languages. */
  async speak(locale) {
    await drive.changeMember({ member: this.member, locale });
    await this.#loadWorld();
    this.emit("member");
  }

  /** The commands as the acting member's client shows them. */
  commands() {
    const { commands } = this.world;
    const locale = this.actor()?.locale;
    if (this.#shownCommands.of !== commands || this.#shownCommands.locale !== locale) {
      const shown = commands.map((command) => localized(command, locale));
      this.#shownCommands = { of: commands, locale, shown };
    }
    return this.#shownCommands.shown;
  }

  /** The languages that the commands are translated to, by Discord's names. */
  languages() {
    const found = this.world.commands.flatMap(({ name_localizations: names }) =>
      Object.keys(names ?? {}),
    );
    return [...new Set(["en-US", ...found])];
  }

  /** Look at another server, at its first channel. */
  async openGuild(id) {
    if (id === this.guild) return;
    this.guild = id;
    remember("guild", id);
    await this.#loadWorld();
    await this.openChannel(this.textChannels()[0].id);
  }

  async openChannel(id) {
    if (id === this.channel) return;
    this.channel = id;
    this.unread.delete(id);
    remember("channel", id);
    this.loading = true;
    this.emit("channel");
    this.emit("messages");
    await this.loadMessages();
  }

  // Look-ups -----------------------------------------------------------------------------------

  people = () => this.world.members.filter(({ bot }) => !bot);
  textChannels = () => this.world.channels.filter(({ type }) => type !== DIRECT);
  directChannels = () => this.world.channels.filter(({ type }) => type === DIRECT);
  actor = () => this.memberOf(this.member);
  channelOf = (id) => this.world.channels.find((channel) => channel.id === id) ?? null;
  place = () => this.channelOf(this.channel);
  memberOf = (id) => this.world.members.find((member) => member.id === id) ?? null;
  current = () => this.messages.get(this.channel) ?? [];
  message = (id) => this.current().find((message) => message.id === id) ?? null;

  botMember() {
    const bots = this.world.members.filter(({ bot }) => bot);
    return bots.find(({ id }) => id === this.world.application?.id) ?? bots[0] ?? null;
  }

  /** The roles that can be picked; everybody's own role, @everyone, has the guild's id. */
  roles = () =>
    this.world.roles.map((role) => ({ ...role, name: role.name.replace(/^@/, "") }));

  /** How mentions find their names. */
  names() {
    return {
      user: (id) => this.memberOf(id),
      role: (id) => this.roles().find((role) => role.id === id) ?? null,
      channel: this.channelOf,
      onChannel: (id) => this.openChannel(id),
      onMessage: async (channel, id) => {
        await this.openChannel(channel);
        this.emit("look", id);
      },
      onCommand: (name) => this.emit("fill", `/${name} `),
    };
  }
}

export const isEphemeral = (message) =>
  Boolean(message.ephemeral) || Boolean((message.flags ?? 0) & FLAGS.ephemeral);
export const isThinking = (message) =>
  Boolean(message.thinking) || Boolean((message.flags ?? 0) & FLAGS.loading);
