/** Names and descriptions of commands in the language of a client, as Discord shows them. */

/** Whose translation Discord shows where a locale has none. */
const FALLBACKS = { "en-US": "en-GB", "en-GB": "en-US", "es-419": "es-ES" };

/**
 * A command, or an option of one, as a client of that locale shows it: its `label`, and its description, options and
 * choices in that language. Its `name` stays what is sent to the bot.
 */
export function localized(node, locale) {
  return {
    ...node,
    label: translated(node.name_localizations, locale, node.name),
    description: translated(node.description_localizations, locale, node.description),
    options: node.options?.map((option) => localized(option, locale)),
    choices: node.choices?.map((choice) => ({
      ...choice,
      name: translated(choice.name_localizations, locale, choice.name),
    })),
  };
}

const translated = (texts, locale, usual) =>
  texts?.[locale] ?? texts?.[FALLBACKS[locale]] ?? usual;
