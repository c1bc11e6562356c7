/** Slash commands as the composer sees them: one entry for each command or subcommand that can be run. */

const SUBCOMMAND = 1;
const GROUP = 2;
const CHAT_INPUT = 1;
/** Where a command may be used, in Discord's numbers. */
const GUILD = 0;
const BOT_DM = 1;
const ADMINISTRATOR = 1n << 3n;

/** Whether a member may use a command by its default permissions; the playground decides for itself again. */
function mayUse(command, member) {
  const needed = command.default_member_permissions;
  if (needed === null || needed === undefined) return true;
  const granted = BigInt(member?.permissions ?? 0);
  if (granted & ADMINISTRATOR) return true;
  return needed !== "0" && (granted & BigInt(needed)) === BigInt(needed);
}

/** Whether Discord would offer a command of any type to a member in a channel. */
export function isUsable(command, member, channel) {
  return (
    (channel?.direct || mayUse(command, member)) &&
    (command.contexts ?? [GUILD, BOT_DM]).includes(channel?.direct ? BOT_DM : GUILD) &&
    (!command.nsfw || channel?.nsfw)
  );
}

/**
 * Every runnable command: {path: "credits gift", label: "크레딧 선물", description, options, command}, in the order of
 * their labels.
 */
export function runnableCommands(commands, member, channel) {
  const slash = commands.filter(
    (command) =>
      (command.type ?? CHAT_INPUT) === CHAT_INPUT && isUsable(command, member, channel),
  );
  return slash
    .flatMap((command) => leaves(command))
    .sort((a, b) => a.label.localeCompare(b.label));
}

function leaves(command, node = command, path = node.name, label = node.label) {
  const nested = (node.options ?? []).filter(({ type }) => type === SUBCOMMAND || type === GROUP);
  if (!nested.length)
    return [{ path, label, description: node.description, options: node.options ?? [], command }];
  return nested.flatMap((child) =>
    leaves(command, child, `${path} ${child.name}`, `${label} ${child.label}`),
  );
}

/** A command's whole name as the client shows it; the name itself where it is registered no more. */
export const labelOf = (commands, name) =>
  commands.flatMap((command) => leaves(command)).find(({ path }) => path === name)?.label ?? name;

/**
 * The command that a text names in full, followed by a space, and the text after it; null while it is being typed.
 * A command answers to what the client shows and to its own name.
 */
export function typedCommand(all, text) {
  const found = all
    .flatMap((leaf) => [leaf.label, leaf.path].map((name) => ({ leaf, name })))
    .filter(({ name }) => text.startsWith(`/${name}`) && /\s/.test(text[name.length + 1] ?? ""))
    .sort((a, b) => b.name.length - a.name.length)[0];
  return found
    ? { leaf: found.leaf, rest: text.slice(found.name.length + 1).trimStart() }
    : null;
}

/** Commands for what is typed after the slash: by the start of the name, then by any part of it, then by description. */
export function matchingCommands(all, query) {
  const wanted = query.toLowerCase().trimStart();
  const rank = ({ path, label, description }) => {
    if ([label, path].some((name) => name.startsWith(wanted))) return 0;
    if ([label, path].some((name) => name.includes(wanted.trimEnd()))) return 1;
    return description?.toLowerCase().includes(wanted.trimEnd()) ? 2 : 3;
  };
  return all
    .map((leaf) => ({ leaf, order: rank(leaf) }))
    .filter(({ order }) => order < 3)
    .sort((a, b) => a.order - b.order)
    .map(({ leaf }) => leaf);
}
