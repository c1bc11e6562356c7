/** Videos that play where they stand: never by themselves, with their first frame and their alt text in view before. */

import { h, icon } from "../widgets/dom.js";

/** What of an address stays when it is signed anew; rows that are drawn again keep their media by it. */
export const mediaKey = (url) => url.split(/[?#]/)[0];

/** A video with one large button over it; once it is played it has the browser's own controls. */
export function player(item) {
  const name = item.alt ? `Video: ${item.alt}` : "Video";
  const video = h("video", {
    src: item.url,
    preload: "metadata",
    playsinline: true,
    loop: true,
    width: item.width,
    height: item.height,
    "aria-label": name,
    data: { testid: "video", key: mediaKey(item.url) },
    on: {
      play: ({ target }) => {
        target.dataset.started = "true";
        target.controls = true;
      },
      error: ({ target }) => target.classList.add("broken"),
      loadeddata: ({ target }) => target.classList.remove("broken"),
    },
  });
  const start = h(
    "button",
    {
      type: "button",
      class: "play-button",
      "aria-label": `Play ${name}`,
      data: { testid: "play-video" },
      on: { click: (event) => play(event.currentTarget.parentElement.querySelector("video")) },
    },
    icon("play"),
  );
  const trouble = h(
    "p",
    { class: "video-trouble" },
    "This video cannot be played here. ",
    h("a", { href: item.url, download: mediaKey(item.url).split("/").at(-1) }, "Download it"),
  );
  return [video, start, trouble];
}

async function play(video) {
  video.controls = true;
  video.focus({ preventScroll: true });
  // Another press may stop it before it began; that is no failure.
  await video.play().catch(() => undefined);
}

/** The mark of a picture or video with alt text; pressed, it shows the text over it. */
export function altTag(alt) {
  const text = h("p", { class: "alt-text", hidden: true, data: { testid: "alt-text" } }, alt);
  const tag = h(
    "button",
    {
      type: "button",
      class: "alt-tag",
      "aria-label": "Alt text",
      "aria-expanded": "false",
      data: { testid: "alt-tag" },
    },
    "ALT",
  );
  tag.addEventListener("click", () => {
    text.hidden = !text.hidden;
    tag.setAttribute("aria-expanded", String(!text.hidden));
  });
  return [tag, text];
}
