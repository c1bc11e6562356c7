/** The options of a command: reading typed text, turning it into values, and saying what is wrong with it. */

export const OPTION = {
  string: 3,
  integer: 4,
  boolean: 5,
  user: 6,
  channel: 7,
  role: 8,
  mentionable: 9,
  number: 10,
  attachment: 11,
};
const OPTION_NAME = /(^|\s)([-_'\p{L}\p{N}]{1,32}):(?!:)/gu;
const MAX_STRING = 6000;

/**
 * Split text typed into one option where it names others: `fog seed: 7` → own "fog", next [seed "7"].
 * `unused` are the options that may still be named. A name at the very end waits for the next character unless
 * `final`, so that the weights of `image::2` are not read as an option.
 */
export function splitTyped(text, own, unused, final = false) {
  const free = new Map(unused.flatMap((option) => namesOf(option).map((name) => [name, option])));
  const parts = [{ option: own, text: "" }];
  let last = 0;
  for (const match of text.matchAll(OPTION_NAME)) {
    const end = match.index + match[0].length;
    const isOwn =
      own && namesOf(own).includes(match[2]) && match.index === 0 && parts.length === 1;
    if ((!free.has(match[2]) && !isOwn) || (end === text.length && !final)) continue;
    parts.at(-1).text += text.slice(last, match.index);
    last = end;
    if (isOwn) continue;
    const option = free.get(match[2]);
    parts.push({ option, text: "" });
    for (const name of namesOf(option)) free.delete(name);
  }
  parts.at(-1).text += text.slice(last);
  const [first, ...next] = parts;
  const named = last > 0;
  return {
    own: named ? trimPart(first.text, next.length > 0) : text,
    next: next.map(({ option, text: words }, at) => ({
      option,
      text: trimPart(words, at < next.length - 1),
    })),
    named,
  };
}

/** What an option answers to: the name that the client shows, and its own. */
const namesOf = ({ label, name }) => [label, name];

const trimPart = (text, atEnd) => (atEnd ? text.trim() : text.trimStart());

/** What a text may pick for an option: [{name, value, detail}], or null where it is free text. */
export function fixedChoices(option, store) {
  if (option.choices?.length) return option.choices.map(({ name, value }) => ({ name, value }));
  const { members } = store.world;
  const users = () =>
    [...members]
      .sort((a, b) => Number(a.bot) - Number(b.bot))
      .map((member) => ({ name: `@${member.name}`, value: member.id, user: member }));
  const roles = () =>
    store.roles().map((role) => ({ name: `@${role.name}`, value: role.id, role }));
  switch (option.type) {
    case OPTION.boolean:
      return [
        { name: "True", value: true },
        { name: "False", value: false },
      ];
    case OPTION.user:
      return users();
    case OPTION.role:
      return roles();
    case OPTION.mentionable:
      return [...users(), ...roles()];
    case OPTION.channel:
      return store
        .textChannels()
        .filter(
          ({ type }) => !option.channel_types?.length || option.channel_types.includes(type ?? 0),
        )
        .map((channel) => ({ name: `#${channel.name}`, value: channel.id, channel }));
    default:
      return null;
  }
}

const plain = (text) => String(text).trim().toLowerCase().replace(/^[@#]/, "");

/** The choices that fit what is typed so far: those that start with it first. */
export function filterChoices(choices, text) {
  const wanted = plain(text);
  const order = ({ name }) =>
    plain(name).startsWith(wanted) ? 0 : plain(name).includes(wanted) ? 1 : 2;
  return choices
    .map((choice) => [order(choice), choice])
    .filter(([rank]) => rank < 2)
    .sort((a, b) => a[0] - b[0])
    .map(([, choice]) => choice);
}

const NOT_CHOSEN = {
  [OPTION.boolean]: "Choose True or False.",
  [OPTION.user]: "Choose a member.",
  [OPTION.role]: "Choose a role.",
  [OPTION.channel]: "Choose a channel.",
  [OPTION.mentionable]: "Choose a member or a role.",
};

/**
 * The value that a text stands for: {value} or {problem: "one sentence"}; {} when it is empty and optional.
 * `offered` are the choices that autocomplete gave last: a text equal to one's name stands for its value.
 */
export function resolveText(option, text, store, offered = []) {
  const words = text.trim();
  if (!words) return option.required ? { problem: "This option is required." } : {};
  const fixed = fixedChoices(option, store);
  if (fixed) return resolveChoice(option, words, fixed);
  const picked = option.autocomplete && offered.find(({ name }) => plain(name) === plain(words));
  if (picked) return { value: picked.value };
  if (option.type === OPTION.integer || option.type === OPTION.number)
    return resolveNumber(option, words);
  return resolveString(option, words);
}

function resolveChoice(option, words, choices) {
  const id = /^<(?:@[!&]?|#)(\d+)>$/.exec(words)?.[1] ?? words;
  const found = choices.find(
    ({ name, value }) => plain(name) === plain(words) || String(value) === id,
  );
  if (found) return { value: found.value };
  return {
    problem: option.choices?.length ? "Choose one of the listed values." : NOT_CHOSEN[option.type],
  };
}

function resolveNumber(option, words) {
  const whole = option.type === OPTION.integer;
  const value = Number(words);
  if (!(whole ? /^[-+]?\d+$/ : /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i).test(words))
    return { problem: whole ? "Enter a whole number." : "Enter a number." };
  if (Math.abs(value) > Number.MAX_SAFE_INTEGER) return { problem: "That number is too large." };
  if (option.min_value !== undefined && value < option.min_value)
    return { problem: `The smallest value is ${option.min_value}.` };
  if (option.max_value !== undefined && value > option.max_value)
    return { problem: `The largest value is ${option.max_value}.` };
  return { value };
}

function resolveString(option, words) {
  const max = option.max_length ?? MAX_STRING;
  if (words.length > max) return { problem: `At most ${max} characters; this is ${words.length}.` };
  if (words.length < (option.min_length ?? 0))
    return { problem: `At least ${option.min_length} characters.` };
  return { value: words };
}
