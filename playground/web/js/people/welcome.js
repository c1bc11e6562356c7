/** What a newcomer sees above the first message: where they are, and something to try. */

import { fill, h, icon, unbroken } from "../widgets/dom.js";

const EXAMPLES = [
  "a red lighthouse::1.5 fog::-0.5 --ar 3:2 --seed 7",
  "paper lanterns over a quiet harbour at night",
  "a fox in autumn leaves, watercolour --ar 1:1",
];

/** Keep the welcome in step with the store; it is large in an empty channel and small above messages. */
export function mountWelcome(root, store) {
  const draw = () => {
    const channel = store.place();
    if (!channel) return void fill(root);
    const empty = !store.current().length && !store.loading;
    root.classList.toggle("large", empty);
    fill(
      root,
      h("div", { class: "welcome-hash" }, icon(channel.direct ? "at" : "hash")),
      h("h2", {}, channel.direct ? channel.name : `Welcome to #${channel.name}!`),
      h(
        "p",
        {},
        channel.direct
          ? `What ${channel.name} tells you alone.`
          : `This is the start of #${channel.name}.`,
      ),
      empty && invitation(store),
    );
  };
  for (const topic of ["rendered", "commands", "world", "channel"]) store.on(topic, draw);
}

function invitation(store) {
  const bot = store.botMember()?.name ?? "the bot";
  const about = h(
    "p",
    {},
    `A Discord on your own machine, with ${bot} in it. Commands start with a slash and run the real bot; try one:`,
  );
  const tries = suggestionsFor(store);
  if (!tries.length)
    return h(
      "div",
      { class: "welcome-more", data: { testid: "welcome" } },
      about,
      h("p", { class: "subtext" }, `Waiting for ${bot} to register its commands…`),
    );
  const cards = tries.map(({ text, title, detail }) =>
    h(
      "button",
      {
        type: "button",
        class: "example",
        data: { testid: "example" },
        on: { click: () => store.emit("fill", text) },
      },
      h("span", { class: "example-title" }, title),
      h("span", { class: "example-detail" }, unbroken(detail)),
    ),
  );
  return h(
    "div",
    { class: "welcome-more", data: { testid: "welcome" } },
    about,
    h("div", { class: "examples" }, cards),
  );
}

/** Example prompts for /imagine where it is registered, otherwise the first commands there are. */
function suggestionsFor(store) {
  const slash = store.commands().filter(({ type }) => (type ?? 1) === 1);
  const imagine = slash.find(({ name }) => name === "imagine");
  if (imagine)
    return EXAMPLES.map((prompt) => ({
      text: `/imagine prompt: ${prompt}`,
      title: `/${imagine.label}`,
      detail: prompt,
    }));
  return slash
    .slice(0, 3)
    .map(({ label, description }) => ({
      text: `/${label}`,
      title: `/${label}`,
      detail: description,
    }));
}
