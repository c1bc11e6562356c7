/** Timestamps: Discord's <t:…> styles, message times, and one ticker that keeps relative ones true. */

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [
  ["year", 365.25 * DAY],
  ["month", 30.44 * DAY],
  ["day", DAY],
  ["hour", HOUR],
  ["minute", MINUTE],
  ["second", 1],
];
const FORMATS = {
  t: { timeStyle: "short" },
  T: { timeStyle: "medium" },
  d: { dateStyle: "short" },
  D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" },
  F: { dateStyle: "full", timeStyle: "short" },
  s: { dateStyle: "short", timeStyle: "short" },
  S: { dateStyle: "short", timeStyle: "medium" },
};
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const formatters = new Map();

function formatter(style) {
  if (!formatters.has(style))
    formatters.set(style, new Intl.DateTimeFormat(undefined, FORMATS[style] ?? FORMATS.f));
  return formatters.get(style);
}

/** "in 40 seconds", "2 minutes ago". */
export function relativeText(unix, now = Date.now() / 1000) {
  const delta = unix - now;
  const [unit, size] = STEPS.find(([, seconds]) => Math.abs(delta) >= seconds) ?? ["second", 1];
  return relative.format(Math.round(delta / size), unit);
}

/** The text of <t:unix:style>. */
export function timestampText(unix, style = "f") {
  const date = new Date(unix * 1000);
  if (Number.isNaN(date.getTime())) return "Invalid date";
  return style === "R" ? relativeText(unix) : formatter(style).format(date);
}

function dayStart(date) {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

/** The time beside an author's name: the hour today, "Yesterday at …", or the date. */
export function messageTime(date) {
  const age = Math.round((dayStart(new Date()) - dayStart(date)) / (DAY * 1000));
  const clock = formatter("t").format(date);
  if (age === 0) return clock;
  return age === 1 ? `Yesterday at ${clock}` : formatter("s").format(date);
}

export const shortTime = (date) => formatter("t").format(date);
export const fullTime = (date) => formatter("F").format(date);
export const dayText = (date) => formatter("D").format(date);
export const sameDay = (a, b) => dayStart(a) === dayStart(b);

/** Renew every relative timestamp on the page once a second. */
export function startTicker() {
  setInterval(() => {
    for (const node of document.querySelectorAll("time[data-relative]")) {
      const text = relativeText(Number(node.dataset.relative));
      if (node.textContent !== text) node.textContent = text;
    }
  }, 1000);
}
