// What is typed into a form with data-keeps stays in this browser until the server says that it was saved (lib/typed.py),
// a week at most, for whoever typed it. Signing out takes it away.
(() => {
  if (!("user" in document.body.dataset)) return;
  const PREFIX = "typed:", WEEK = 7 * 24 * 3600 * 1000;
  const TYPED = "textarea, select, input:not([type=hidden], [type=file], [type=password], [type=submit])";
  const keyOf = (path) => `${PREFIX}${document.body.dataset.user}:${path}`;

  // A browser may have no room for it, or let nobody keep anything: then a word before leaving is all that is left.
  function kept(work) {
    try { return work(localStorage); } catch { return undefined; }
  }
  const copies = (store) => Object.keys(store).filter((key) => key.startsWith(PREFIX));
  const read = (store, key) => { try { return JSON.parse(store.getItem(key)); } catch { return null; } };

  kept((store) => {
    for (const key of copies(store)) if (!(Date.now() - read(store, key)?.at < WEEK)) store.removeItem(key);
    const saved = document.cookie.match(/(?:^|; )saved="?([^";]*)/);
    if (saved) store.removeItem(keyOf(saved[1]));
  });
  document.cookie = "saved=; path=/; max-age=0; samesite=lax";
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-signs-out]")) kept((store) => copies(store).forEach((key) => store.removeItem(key)));
  });

  const form = document.querySelector("form[data-keeps]");
  if (!form) return;
  const key = keyOf(location.pathname);
  const isBox = (field) => field.type === "checkbox" || field.type === "radio";

  function* fields() {
    const seen = {};
    for (const field of form.elements) {
      if (!field.name || !field.matches(TYPED)) continue;
      const name = isBox(field) ? `${field.name}=${field.value}` : field.name;
      seen[name] = (seen[name] ?? 0) + 1;
      yield [`${name} ${seen[name]}`, field];
    }
  }
  const typed = () => Object.fromEntries([...fields()].map(([id, one]) => [id, isBox(one) ? one.checked : one.value]));
  const differs = (one, other) => Object.keys(one).some((id) => id in other && one[id] !== other[id]);

  function put(values) {
    for (const [id, field] of fields()) {
      if (!(id in values)) continue;
      const had = isBox(field) ? field.checked : field.value;
      if (isBox(field)) field.checked = values[id];
      else field.value = values[id];
      if (had === values[id]) continue;
      for (const kind of ["input", "change"]) field.dispatchEvent(new Event(kind, { bubbles: true }));
    }
  }

  const given = typed();
  // It came back from the server and is saved nowhere.
  const cameBack = "unsaved" in form.dataset;
  let isLost = false;

  function keep() {
    const now = typed();
    if (!cameBack && !differs(now, given)) {
      isLost = false;
      kept((store) => store.removeItem(key));
      return;
    }
    const copy = JSON.stringify({ at: Date.now(), search: location.search, typed: now });
    isLost = !kept((store) => { store.setItem(key, copy); return true; });
  }

  function bringBack(copy) {
    put(copy.typed);
    const note = document.createElement("div"), undo = document.createElement("button");
    note.className = "alert alert-info d-flex flex-wrap gap-2 align-items-center";
    note.setAttribute("role", "status");
    note.append("What you had typed here and not saved is back.", undo);
    undo.type = "button";
    undo.className = "btn btn-sm";
    undo.textContent = "Take what is saved";
    undo.addEventListener("click", () => { put(given); keep(); note.remove(); });
    form.before(note);
  }

  for (const kind of ["input", "change"]) {
    document.addEventListener(kind, (event) => { if (event.target.form === form) keep(); });
  }
  form.addEventListener("submit", () => { isLost = false; });
  addEventListener("beforeunload", (event) => { if (isLost) event.preventDefault(); });

  const copy = kept((store) => read(store, key));
  if (cameBack) keep();
  // Another template, or another number, was chosen since: that is what is wanted.
  else if (copy && ["", copy.search].includes(location.search) && differs(copy.typed, given)) {
    // After htmx, which begins a tick after it was loaded and then looks at what is put in.
    addEventListener("load", () => setTimeout(() => bringBack(copy)));
  }
})();
