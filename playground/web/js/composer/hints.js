/** What the composer's list shows for the field in use: commands, the rest of the options, or choices for a value. */

import { matchingCommands } from "../client/commands.js";
import { h, icon } from "../widgets/dom.js";
import { filterChoices, fixedChoices, OPTION } from "./options.js";
import { avatar, botTag } from "../people/people.js";

const SHOWN = 25;

/** The list of commands for what follows the slash. */
export function commandHints(all, query, store) {
  const bot = store.botMember();
  const items = matchingCommands(all, query).map((leaf) => ({
    key: leaf.path,
    value: { leaf },
    testid: "command-item",
    data: { command: leaf.path },
    nodes: [
      bot ? avatar(bot, store, "s") : icon("slash"),
      h(
        "span",
        { class: "suggestion-words" },
        h("span", { class: "suggestion-name" }, `/${leaf.label}`, optionNames(leaf)),
        h("span", { class: "suggestion-detail" }, leaf.description),
      ),
      h("span", { class: "suggestion-side" }, bot?.name ?? ""),
    ],
  }));
  const title = query.trim()
    ? [h("span", {}, "Commands matching "), h("strong", {}, `/${query.trim()}`)]
    : [
        bot && avatar(bot, store, "xxs"),
        h("strong", {}, bot?.name ?? "Commands"),
        bot && botTag(bot),
      ];
  const note = items.length ? null : noCommands(all, query);
  return { title, items, query, preselect: true, note };
}

function optionNames({ options }) {
  return options
    .filter(({ required }) => required)
    .map(({ label }) => h("span", { class: "suggestion-option" }, label));
}

function noCommands(all, query) {
  return all.length
    ? `No command is called /${query.trim()}.`
    : "No commands are registered yet. They appear as soon as the bot has connected.";
}

/** The options that are not in use yet, for the space after the last pill. */
export function optionHints(unused, query) {
  const wanted = query.trim().toLowerCase().replace(/:$/, "");
  const fitting = unused.filter(({ name, label }) =>
    [label, name].some((one) => one.startsWith(wanted)),
  );
  const items = fitting.map((option) => ({
    key: option.name,
    value: { option },
    testid: "option-item",
    data: { option: option.name },
    nodes: [
      h(
        "span",
        { class: "suggestion-words row" },
        h("span", { class: "suggestion-name" }, option.label),
        h("span", { class: "suggestion-detail" }, option.description),
      ),
      option.required && h("span", { class: "suggestion-side" }, "required"),
    ],
  }));
  const note = wanted && !items.length ? `There is no option called “${wanted}” left here.` : null;
  return { title: [h("strong", {}, "Options")], items, query, preselect: Boolean(wanted), note };
}

/** The name and description of the option in use, with its choices where it has any. */
export function valueHints(pill, store) {
  const { option } = pill;
  const title = [h("strong", {}, option.label), h("span", {}, option.description)];
  if (option.autocomplete) return remoteHints(pill, title);
  const choices = fixedChoices(option, store);
  if (!choices) return { title: [...title, limits(option)], items: [] };
  const items = choiceItems(filterChoices(choices, pill.text), store);
  const note = items.length ? null : "No choice fits that.";
  return { title, items, query: pill.text, preselect: true, note };
}

function remoteHints(pill, title) {
  const items = choiceItems(pill.offered.slice(0, SHOWN), null);
  const note = pill.asking
    ? "Loading options…"
    : (pill.trouble ?? (items.length ? null : "No suggestion fits that."));
  return { title, items, query: pill.text, note: items.length && !pill.trouble ? null : note };
}

function choiceItems(choices, store) {
  return choices.map((choice, at) => ({
    key: `${at}-${choice.value}`,
    value: { choice },
    testid: "choice-item",
    data: { name: choice.name },
    nodes: [choicePicture(choice, store), h("span", { class: "suggestion-name" }, choice.name)],
  }));
}

function choicePicture(choice, store) {
  if (choice.user) return avatar(choice.user, store, "xs");
  if (choice.role) return icon("role");
  return choice.channel ? icon("hash") : null;
}

/** The bounds of a number or a length, in words. */
function limits(option) {
  const [low, high] =
    option.type === OPTION.string
      ? [option.min_length, option.max_length]
      : [option.min_value, option.max_value];
  const unit = option.type === OPTION.string ? " characters" : "";
  if (low === undefined && high === undefined) return null;
  const words =
    low === undefined
      ? `at most ${high}${unit}`
      : high === undefined
        ? `at least ${low}${unit}`
        : `${low} to ${high}${unit}`;
  return h("span", { class: "suggestion-limits" }, words);
}
