/** Pictures, videos and files: galleries in Discord's grids, attachments, and the full-size viewer. */

import { showDialog } from "../widgets/dialogs.js";
import { fileSize, h, icon, iconButton, keepingFocus } from "../widgets/dom.js";
import { altTag, mediaKey, player } from "./player.js";
import { outsideLink } from "./richtext.js";

const EXTENSIONS = {
  video: /\.(mp4|webm|mov|m4v)$/i,
  image: /\.(png|jpe?g|gif|webp|avif|bmp)$/i,
  audio: /\.(mp3|ogg|wav|flac|m4a)$/i,
};
const LOOPBACK = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/;

/** An address the page may show: http(s) only, and this playground's own files by path. */
export function mediaUrl(text, attachments = []) {
  const named = /^attachment:\/\/(.+)$/.exec(text ?? "");
  const source = named ? attachments.find(({ filename }) => filename === named[1])?.url : text;
  if (!source) return "";
  let url;
  try {
    url = new URL(source, location.href);
  } catch {
    return "";
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") return "";
  const ours =
    LOOPBACK.test(url.hostname) && LOOPBACK.test(location.hostname) && url.port === location.port;
  return ours ? url.pathname + url.search : url.href;
}

function kindOf(contentType, url) {
  const named = contentType?.split("/")[0];
  if (contentType) return named in EXTENSIONS ? named : "file";
  const path = mediaKey(url);
  return Object.keys(EXTENSIONS).find((kind) => EXTENSIONS[kind].test(path)) ?? "file";
}

/** One thing to show, from a gallery item, a thumbnail or an attachment. */
export function mediaOf({ media, description, spoiler }, message) {
  const attachments = message.attachments ?? [];
  const url = mediaUrl(media.url, attachments);
  const known =
    attachments.find(
      ({ id, url: other }) => id === media.attachment_id || mediaUrl(other) === url,
    ) ?? {};
  const kind = kindOf(media.content_type ?? known.content_type, url);
  return {
    url,
    kind,
    alt: description ?? known.description ?? "",
    spoiler: Boolean(spoiler),
    width: media.width ?? known.width,
    height: media.height ?? known.height,
  };
}

/** A grid of 1 to 10 pictures and videos. */
export function gallery(items) {
  const grid = h("div", { class: "gallery", data: { testid: "gallery", count: items.length } });
  items.forEach((item, at) => grid.append(tile(item, items, at)));
  return grid;
}

function shape(item) {
  return item.width && item.height
    ? {
        "--ratio": `${item.width} / ${item.height}`,
        "--width": `${item.width}px`,
        "--height": item.height,
        "--wide": item.width / item.height,
      }
    : {};
}

function tile(item, items, at) {
  const content = item.kind === "video" ? player(item) : picture(item, items, at);
  const node = h(
    "div",
    {
      class: `tile tile-${item.kind}${item.width ? " sized" : ""}`,
      css: shape(item),
      data: { testid: "gallery-item" },
    },
    content,
  );
  if (item.alt) node.append(...altTag(item.alt));
  return item.spoiler ? hideBehindSpoiler(node) : node;
}

function image(item, className) {
  const node = h("img", {
    class: className,
    src: item.url,
    alt: item.alt,
    decoding: "async",
    data: { key: mediaKey(item.url) },
  });
  if (item.width) node.width = item.width;
  if (item.height) node.height = item.height;
  node.addEventListener("error", () => node.classList.add("broken"));
  return node;
}

function picture(item, items, at) {
  return h(
    "button",
    {
      type: "button",
      class: "picture",
      "aria-label": `Open picture${item.alt ? `: ${item.alt}` : ""}`,
      on: { click: () => openLightbox(items, at) },
    },
    image(item),
  );
}

/** The small picture beside a section. */
export function thumbnail(item) {
  const node = h(
    "div",
    { class: "thumbnail", data: { testid: "thumbnail" } },
    picture(item, [item], 0),
  );
  return item.spoiler ? hideBehindSpoiler(node) : node;
}

/** Cover any content until it is pressed. */
export function hideBehindSpoiler(node) {
  const cover = h(
    "button",
    { type: "button", class: "spoiler-cover" },
    h("span", { class: "spoiler-word" }, "Spoiler"),
  );
  const box = h("div", { class: "spoiler-box" }, node, cover);
  node.inert = true;
  cover.addEventListener("click", () => {
    node.inert = false;
    cover.remove();
    box.classList.add("revealed");
  });
  return box;
}

/** A file card with name, size and a download link. */
export function fileCard({ url, name, size, spoiler }) {
  const words = h(
    "div",
    { class: "file-words" },
    outsideLink(new URL(url || "about:blank", location.href).href, name, { class: "file-name" }),
    size !== undefined && size !== null && h("span", { class: "file-size" }, fileSize(size)),
  );
  const card = h(
    "div",
    { class: "file-card", data: { testid: "file" } },
    icon("file", "icon file-icon"),
    words,
    url &&
      h(
        "a",
        {
          class: "icon-button",
          href: url,
          download: name,
          "aria-label": `Download ${name}`,
          title: "Download",
        },
        icon("download"),
      ),
  );
  return spoiler ? hideBehindSpoiler(card) : card;
}

/** The attachments of a classic message: pictures and videos in one grid, then the other files. */
export function attachmentList(message) {
  const all = (message.attachments ?? []).map((attachment) => ({
    attachment,
    item: mediaOf(
      { media: attachment, description: attachment.description, spoiler: isSpoiler(attachment) },
      message,
    ),
  }));
  const shown = all
    .filter(({ item }) => item.kind === "image" || item.kind === "video")
    .map(({ item }) => item);
  const files = all.filter(({ item }) => item.kind === "file" || item.kind === "audio");
  return [
    shown.length ? gallery(shown) : null,
    ...files.map(({ attachment, item }) =>
      item.kind === "audio"
        ? h("audio", { src: item.url, controls: true, "aria-label": attachment.filename })
        : fileCard({
            url: item.url,
            name: attachment.filename,
            size: attachment.size,
            spoiler: item.spoiler,
          }),
    ),
  ];
}

function isSpoiler({ filename, flags = 0 }) {
  return filename?.startsWith("SPOILER_") || Boolean(flags & (1 << 3));
}

/** Show pictures in full size, with arrows between those of one gallery. */
export function openLightbox(items, at) {
  const pictures = items.filter(({ kind }) => kind !== "video");
  let index = Math.max(0, pictures.indexOf(items[at]));
  const frame = h("div", { class: "lightbox-frame" });
  const dialog = h(
    "dialog",
    { class: "lightbox", "aria-label": "Picture", data: { testid: "lightbox" } },
    frame,
  );
  const show = () =>
    frame.replaceChildren(...lightboxContent(pictures, index, move, () => dialog.close()));
  const move = (step) => {
    index = (index + step + pictures.length) % pictures.length;
    keepingFocus(frame, show);
  };
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "ArrowRight") move(1);
    if (event.key === "ArrowLeft") move(-1);
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target === frame) dialog.close();
  });
  show();
  showDialog(dialog);
}

function lightboxContent(pictures, index, move, close) {
  const item = pictures[index];
  const many = pictures.length > 1;
  const bar = h(
    "div",
    { class: "lightbox-bar" },
    many && h("span", { class: "lightbox-count" }, `${index + 1} of ${pictures.length}`),
    h(
      "a",
      {
        class: "icon-button",
        href: item.url,
        target: "_blank",
        rel: "noopener",
        "aria-label": "Open in a new tab",
        title: "Open in a new tab",
      },
      icon("external"),
    ),
    h(
      "a",
      {
        class: "icon-button",
        href: item.url,
        download: mediaKey(item.url).split("/").at(-1),
        "aria-label": "Download",
        title: "Download",
      },
      icon("download"),
    ),
    iconButton("close", "Close", close),
  );
  return [
    bar,
    many &&
      iconButton("left", "Previous picture", () => move(-1), {
        class: "icon-button lightbox-previous",
      }),
    image(item, "lightbox-picture"),
    many &&
      iconButton("right", "Next picture", () => move(1), { class: "icon-button lightbox-next" }),
    item.alt && h("p", { class: "lightbox-alt" }, item.alt),
  ].filter(Boolean);
}
