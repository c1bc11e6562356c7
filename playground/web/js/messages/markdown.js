/**
 * Discord's markdown as a tree: blocks hold inline nodes, inline nodes hold inline nodes.
 * Pure: text in, plain objects out; `richtext.js` turns them into elements.
 */

const FENCE = /```(?:([\w+#.-]+)\n)?\n?([\s\S]*?)\n?```/g;
const URL_TEXT = String.raw`https?:\/\/[^\s<>]+`;
const MAX_DEPTH = 12;

/** Rules that one sticky expression recognises, tried in this order at every position. */
const TOKENS = [
  [/\\([^0-9A-Za-z\s])/y, (m) => ({ type: "text", text: m[1] })],
  [/<@!?(\d+)>/y, (m) => ({ type: "user", id: m[1] })],
  [/<@&(\d+)>/y, (m) => ({ type: "role", id: m[1] })],
  [/<#(\d+)>/y, (m) => ({ type: "channel", id: m[1] })],
  [/<\/([^:>\n]{1,100}):(\d+)>/y, (m) => ({ type: "command", name: m[1], id: m[2] })],
  [
    /<t:(-?\d{1,13})(?::([tTdDfFRsS]))?>/y,
    (m) => ({ type: "time", unix: Number(m[1]), style: m[2] ?? "f" }),
  ],
  [/<a?:(\w{2,32}):(\d+)>/y, (m) => ({ type: "emoji", name: m[1], id: m[2] })],
  [new RegExp(`<(${URL_TEXT})>`, "y"), (m) => link(m[1], m[1])],
  [/@(everyone|here)/y, (m) => ({ type: "everyone", text: m[0] })],
];

/** Pairs of marks around nested text; longer marks come first so that `**` is not read as two `*`. */
const PAIRS = [
  ["**", "strong"],
  ["__", "underline"],
  ["~~", "strike"],
  ["||", "spoiler"],
  ["*", "em"],
  ["_", "em"],
];
const STARTERS = new Set("\\`<@[h*_~|");

/** The blocks of a message text. */
export function parseMarkdown(text) {
  const blocks = [];
  let last = 0;
  for (const match of text.matchAll(FENCE)) {
    if (!match[2].trim()) continue;
    blocks.push(...parseLines(text.slice(last, match.index).replace(/\n$/, "")));
    blocks.push({ type: "codeblock", language: match[1] ?? "", text: match[2] });
    last = match.index + match[0].length;
  }
  blocks.push(...parseLines(last ? text.slice(last).replace(/^\n/, "") : text));
  return blocks;
}

function parseLines(text) {
  if (!text) return [];
  const lines = text.split("\n");
  const blocks = [];
  let at = 0;
  while (at < lines.length) at = takeBlock(lines, at, blocks);
  return blocks;
}

/** Read one block that starts at a line; the index of the line after it. */
function takeBlock(lines, at, blocks) {
  const line = lines[at];
  const heading = /^(#{1,3}) +(\S.*)$/.exec(line);
  if (heading) {
    blocks.push({
      type: "heading",
      level: heading[1].length,
      children: parseInline(heading[2].trimEnd()),
    });
    return at + 1;
  }
  const subtext = /^-# +(\S.*)$/.exec(line);
  if (subtext) {
    blocks.push({ type: "subtext", children: parseInline(subtext[1]) });
    return at + 1;
  }
  if (line.startsWith(">>> ")) {
    blocks.push({
      type: "quote",
      blocks: parseLines([line.slice(4), ...lines.slice(at + 1)].join("\n")),
    });
    return lines.length;
  }
  if (line.startsWith("> ")) return takeQuote(lines, at, blocks);
  if (listItem(line)) return takeList(lines, at, blocks);
  return takeParagraph(lines, at, blocks);
}

function takeQuote(lines, at, blocks) {
  let end = at;
  while (end < lines.length && lines[end].startsWith("> ")) end += 1;
  blocks.push({
    type: "quote",
    blocks: parseLines(
      lines
        .slice(at, end)
        .map((line) => line.slice(2))
        .join("\n"),
    ),
  });
  return end;
}

function listItem(line) {
  const match = /^( *)(?:([-*])|(\d{1,9})\.) +(\S.*)$/.exec(line);
  return (
    match && {
      indent: match[1].length,
      ordered: match[3] !== undefined,
      start: Number(match[3] ?? 1),
      text: match[4],
    }
  );
}

function takeList(lines, at, blocks) {
  const first = listItem(lines[at]);
  const items = [];
  let end = at;
  for (; end < lines.length; end += 1) {
    const item = listItem(lines[end]);
    if (
      !item ||
      item.indent < first.indent ||
      (item.indent < first.indent + 2 && item.ordered !== first.ordered)
    )
      break;
    if (item.indent >= first.indent + 2 && items.length) {
      end = takeList(lines, end, items.at(-1).blocks) - 1;
    } else {
      items.push({ children: parseInline(item.text), blocks: [] });
    }
  }
  blocks.push({ type: "list", ordered: first.ordered, start: first.start, items });
  return end;
}

function startsBlock(line) {
  return /^#{1,3} +\S|^-# +\S|^>(>>)? /.test(line) || listItem(line) !== null;
}

function takeParagraph(lines, at, blocks) {
  let end = at + 1;
  while (end < lines.length && !startsBlock(lines[end])) end += 1;
  blocks.push({ type: "paragraph", children: parseInline(lines.slice(at, end).join("\n")) });
  return end;
}

/** The inline nodes of a text. */
export function parseInline(text, depth = 0) {
  const nodes = [];
  let plain = "";
  let at = 0;
  while (at < text.length) {
    const found = STARTERS.has(text[at]) && depth < MAX_DEPTH ? inlineAt(text, at, depth) : null;
    if (!found) {
      plain += text[at];
      at += 1;
      continue;
    }
    if (plain) nodes.push({ type: "text", text: plain });
    plain = "";
    nodes.push(found.node);
    at = found.end;
  }
  if (plain) nodes.push({ type: "text", text: plain });
  return nodes;
}

function inlineAt(text, at, depth) {
  for (const [pattern, build] of TOKENS) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match) return { node: build(match), end: pattern.lastIndex };
  }
  return (
    codeSpan(text, at) ??
    maskedLink(text, at, depth) ??
    bareLink(text, at) ??
    pairAt(text, at, depth)
  );
}

/** A run of backticks up to the next run of the same length; without one the whole run is plain text. */
function codeSpan(text, at) {
  if (text[at] !== "`") return null;
  const run = runLength(text, at, "`");
  let end = text.indexOf("`", at + run);
  while (end >= 0) {
    const closing = runLength(text, end, "`");
    if (closing === run) {
      const inside = text.slice(at + run, end);
      const code = run > 1 ? inside.replace(/^ (?=`)|(?<=`) $/g, "") : inside;
      return { node: { type: "code", text: code }, end: end + closing };
    }
    end = text.indexOf("`", end + closing);
  }
  return { node: { type: "text", text: "`".repeat(run) }, end: at + run };
}

function link(url, label) {
  return { type: "link", url, children: [{ type: "text", text: label }] };
}

function maskedLink(text, at, depth) {
  if (text[at] !== "[") return null;
  const match = new RegExp(
    String.raw`\[((?:\\.|[^\]\\\n])+)\]\(<?(${URL_TEXT}?)>?(?: +"[^"\n]*")?\)`,
    "y",
  );
  match.lastIndex = at;
  const found = match.exec(text);
  return (
    found && {
      node: { type: "link", url: found[2], children: parseInline(found[1], depth + 1) },
      end: match.lastIndex,
    }
  );
}

function bareLink(text, at) {
  if (text[at] !== "h" || /\w/.test(text[at - 1] ?? "")) return null;
  const match = new RegExp(URL_TEXT, "y");
  match.lastIndex = at;
  const found = match.exec(text);
  if (!found) return null;
  let url = found[0].replace(/[.,:;"'!?\]*_~|]+$/, "");
  if (url.endsWith(")") && !url.includes("(")) url = url.slice(0, -1);
  return { node: link(url, url), end: at + url.length };
}

function pairAt(text, at, depth) {
  for (const [mark, type] of PAIRS) {
    if (!text.startsWith(mark, at)) continue;
    const end = closingMark(text, at + mark.length, mark);
    if (end < 0 || (mark === "_" && /\w/.test(text[at - 1] ?? ""))) continue;
    return {
      node: { type, children: parseInline(text.slice(at + mark.length, end), depth + 1) },
      end: end + mark.length,
    };
  }
  return null;
}

/** Where the closing mark begins, or -1; escapes and code spans are stepped over. */
function closingMark(text, from, mark) {
  if (mark.length === 1 && /\s/.test(text[from] ?? " ")) return -1;
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === "`") at = Math.max(at, text.indexOf("`", at + 1));
    else if (text.startsWith(mark, at)) {
      const run = runLength(text, at, mark[0]);
      const end = at > from ? closeIn(text, at, run, mark) : -1;
      if (end >= 0) return end;
      at += run - 1;
    }
  }
  return -1;
}

/** Where in a run of mark characters a mark closes: a double one at its end, so that `***` closes both; or -1. */
function closeIn(text, at, run, mark) {
  if (mark.length === 2) return at + Math.max(0, run - 2);
  if (run === 2 || /\s/.test(text[at - 1])) return -1;
  return mark === "_" && /\w/.test(text[at + run] ?? "") ? -1 : at;
}

function runLength(text, at, character) {
  let end = at;
  while (text[end] === character) end += 1;
  return end - at;
}
