// Marks fields, errors and costlier characters behind the text area as one types, and puts in what is offered beside
// the preview. Without it the same buttons go to the server.
(() => {
  const normalised = (text) => text.replace(/\r\n?/g, "\n").replace(/[ \t]+(?=\n)/g, "").trimEnd();

  function mark(kind, text) {
    const piece = document.createElement("mark");
    piece.className = kind;
    piece.textContent = text;
    return piece;
  }

  function* pieces(text, known) {
    for (const { start, end, kind, key } of Placeholders.segments(text)) {
      const written = text.slice(start, end);
      if (kind === "error") yield mark("mark-error", written);
      else if (kind === "field") yield mark(known.has(key) ? "mark-field" : "mark-unknown", written);
      else for (const char of written) yield Parts.costsMore(char) ? mark("mark-costly", char) : char;
    }
  }

  function paint(field) {
    const behind = field.closest("[data-editor]").querySelector("[data-marks]");
    const known = new Set(["name", "phone", "today", "sender"]);
    for (const button of document.querySelectorAll("[data-insert]")) {
      known.add(Placeholders.keyOf(button.dataset.insert));
    }
    // A last line that is empty takes no room without something in it.
    behind.replaceChildren(...pieces(field.value, known), "\n");
    behind.scrollTop = field.scrollTop;
  }

  function put(field, text, from, to) {
    field.value = text;
    field.focus();
    field.setSelectionRange(from, to);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  const editorField = () => document.querySelector("[data-editor] textarea");

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-with], [data-look]");
    const field = editorField();
    if (!button || !field) return;
    event.preventDefault();
    const text = normalised(field.value);
    if (button.dataset.replace !== undefined) {
      const done = text.replaceAll(button.dataset.replace, button.dataset.with);
      put(field, done, done.length, done.length);
      return;
    }
    // Places are counted in characters on the server, in UTF-16 here.
    const chars = Array.from(text);
    const from = chars.slice(0, Number(button.dataset.at)).join("").length;
    const to = from + chars.slice(Number(button.dataset.at)).slice(0, Number(button.dataset.length)).join("").length;
    if (button.dataset.with === undefined) {
      if (text !== field.value) put(field, text, from, to);
      field.focus();
      field.setSelectionRange(from, to);
    } else if (text.slice(from, to) === button.dataset.was) {
      put(field, text.slice(0, from) + button.dataset.with + text.slice(to), from, from + button.dataset.with.length);
    }
  }, true);

  document.addEventListener("input", (event) => { if (event.target === editorField()) paint(event.target); });
  document.addEventListener("scroll", (event) => { if (event.target === editorField()) paint(event.target); }, true);
  const field = editorField();
  if (field) {
    paint(field);
    // Another group has other fields to insert, and so to know. (The marks stand deeper than what is watched here.)
    const buttons = document.getElementById("fields");
    new MutationObserver(() => paint(field)).observe(buttons.parentNode, { childList: true });
  }
})();
