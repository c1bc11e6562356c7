/** Classic embeds. */

import { cssColor, h } from "../widgets/dom.js";
import { mediaUrl, openLightbox } from "./media.js";
import { outsideLink, renderInline, renderMarkdown } from "./richtext.js";
import { messageTime } from "../widgets/time.js";

/** The embeds of a message, unless it suppresses them. */
export function renderEmbeds(message, store) {
  return (message.embeds ?? []).map((embed) => renderEmbed(embed, message, store.names()));
}

function renderEmbed(embed, message, names) {
  const url = (media) => (media ? mediaUrl(media.url, message.attachments) : "");
  const color = cssColor(embed.color);
  const words = h(
    "div",
    { class: "embed-words" },
    embed.author &&
      h(
        "div",
        { class: "embed-author" },
        url({ url: embed.author.icon_url }) && smallIcon(url({ url: embed.author.icon_url })),
        linked(embed.author.url, embed.author.name),
      ),
    embed.title &&
      h("div", { class: "embed-title" }, linked(embed.url, renderInline(embed.title, names))),
    embed.description &&
      h("div", { class: "embed-description" }, renderMarkdown(embed.description, names)),
    embed.fields?.length
      ? h(
          "div",
          { class: "embed-fields" },
          embed.fields.map((field) => renderField(field, names)),
        )
      : null,
  );
  return h(
    "article",
    { class: "embed", css: color ? { "--accent": color } : {}, data: { testid: "embed" } },
    words,
    embed.thumbnail && embedPicture(url(embed.thumbnail), "embed-thumbnail"),
    embed.image && embedPicture(url(embed.image), "embed-image"),
    (embed.footer || embed.timestamp) && renderFooter(embed, url),
  );
}

function renderField(field, names) {
  return h(
    "div",
    { class: `embed-field${field.inline ? " inline" : ""}` },
    h("div", { class: "embed-field-name" }, renderInline(field.name, names)),
    h("div", { class: "embed-field-value" }, renderMarkdown(field.value, names)),
  );
}

function renderFooter(embed, url) {
  const image = url({ url: embed.footer?.icon_url });
  const time = embed.timestamp && messageTime(new Date(embed.timestamp));
  const text = [embed.footer?.text, time].filter(Boolean).join(" • ");
  return h("footer", { class: "embed-footer" }, image && smallIcon(image), text);
}

function linked(url, children) {
  return url ? outsideLink(url, children) : h("span", {}, children);
}

function smallIcon(url) {
  return h("img", { class: "embed-icon", src: url, alt: "" });
}

function embedPicture(url, className) {
  const item = { url, kind: "image", alt: "" };
  return h(
    "button",
    {
      type: "button",
      class: `picture ${className}`,
      "aria-label": "Open picture",
      on: { click: () => openLightbox([item], 0) },
    },
    h("img", { src: url, alt: "", data: { key: url } }),
  );
}
