// Where the fields of a text stand, as campaigns/placeholders/segments.py finds them; both are tested with
// tests/pure/segments_vectors.json. Only for marking: what is sent is made and checked on the server.
const Placeholders = (() => {
  const LETTER = /\p{L}/u;
  const NAME_END = /[<>|:?\n]/g;
  const MOST_NAME = 60;

  const opens = (text, at) =>
    text[at] === "<" && at + 1 < text.length && LETTER.test(String.fromCodePoint(text.codePointAt(at + 1)));

  // What names are compared by: letters and digits, ignoring case and accents.
  const keyOf = (name) => name.normalize("NFKD").toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");

  function until(text, from, ends, forbidden) {
    for (let at = from; at < text.length; at += 1) {
      if (ends.includes(text[at])) return at;
      if (forbidden.includes(text[at])) break;
    }
    throw new Error("unclosed");
  }

  // The field that begins at `start`: its name, and where it ends. Throws an Error whose message is its code.
  function field(text, start, nested = false) {
    NAME_END.lastIndex = start + 1;
    const end = NAME_END.exec(text);
    if (!end || end[0] === "<" || end[0] === "\n") throw new Error("unclosed");
    const name = text.slice(start + 1, end.index).trimEnd();
    if (Array.from(name).length > MOST_NAME) throw new Error("unclosed");
    let at = end.index;
    if (text[at] === "?") {
      if (nested) throw new Error("nested");
      at = body(text, at + 1);
      if (text[at] === "|") at = body(text, at + 1);
      if (text[at] !== ">") throw new Error("unclosed");
      return { name, end: at + 1 };
    }
    while (text[at] === ":") {
      const from = at + 1;
      at = until(text, from, ":|>", "<\n");
      if (!text.slice(from, at).trim()) throw new Error("empty_format");
    }
    if (text[at] === "|") at = until(text, at + 1, ">", "<|\n");
    return { name, end: at + 1 };
  }

  // Where a condition's body ends, at its `|` or `>`.
  function body(text, from) {
    let at = from;
    while (at < text.length && text[at] !== ">" && text[at] !== "|") {
      if (opens(text, at)) at = field(text, at, true).end;
      else if (text[at] === "<" && text[at + 1] !== "<") throw new Error("unclosed");
      else at += text[at] === "<" ? 2 : 1;
    }
    if (at >= text.length) throw new Error("unclosed");
    return at;
  }

  // The text in pieces of {start, end, kind, key}: literal, field (its key) or error (its code).
  function segments(text) {
    const found = [];
    let at = 0, plain = 0;
    const literal = (end) => { if (plain < end) found.push({ start: plain, end, kind: "literal", key: "" }); };
    while (at < text.length) {
      if (!opens(text, at)) {
        at += text.startsWith("<<", at) ? 2 : 1;
        continue;
      }
      literal(at);
      const start = at;
      try {
        const { name, end } = field(text, start);
        at = end;
        found.push({ start, end, kind: "field", key: keyOf(name) });
      } catch (error) {
        const rest = text.slice(start + 1).search(/[<\n]/);
        at = rest < 0 ? text.length : start + 1 + rest;
        found.push({ start, end: at, kind: "error", key: error.message });
      }
      plain = at;
    }
    literal(text.length);
    return found;
  }

  return { segments, keyOf };
})();
