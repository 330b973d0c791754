// A file on its way: how far it is, and a button that works once. Without this script the form is a plain one.
(() => {
  const FORM = "form[data-uploads]";

  function show(form, words, share) {
    const place = form.querySelector("[data-progress]");
    place.hidden = !words;
    place.querySelector("p").textContent = words;
    const bar = place.querySelector("progress");
    if (share === undefined) bar.removeAttribute("value");
    else bar.value = Math.round(100 * share);
  }

  function lock(form, isSending) {
    delete form.dataset.sending;
    if (isSending) form.dataset.sending = "";
    for (const button of form.querySelectorAll("button")) button.setAttribute("aria-disabled", isSending);
  }

  function stop(form, words) {
    lock(form, false);
    show(form, "");
    const note = form.querySelector("[data-problem]");
    note.hidden = false;
    note.textContent = words;
    note.focus();
  }

  // The same page with what is wrong in it, where the file stays chosen; or with what came of it.
  function showAnswer(form, page) {
    const main = document.adoptNode(page.querySelector("main"));
    for (const chosen of form.querySelectorAll("input[type=file]")) {
      const input = main.querySelector(`input[name="${chosen.name}"]`);
      if (input) input.files = chosen.files;
    }
    document.querySelector("main").replaceWith(main);
    document.title = page.title;
    main.querySelector("[aria-invalid]")?.focus();
  }

  function answered(form, request) {
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    if (new URL(request.responseURL).pathname !== location.pathname) location.assign(request.responseURL);
    else if (request.status < 400) showAnswer(form, page);
    else stop(form, `${page.querySelector("h1")?.textContent ?? request.status}: nothing was taken.`);
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches(FORM)) return;
    event.preventDefault();
    if ("sending" in form.dataset) return;
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.upload.addEventListener("progress", ({ loaded, total, lengthComputable }) => {
      if (!lengthComputable) show(form, "The file is on its way.");
      else if (loaded < total) show(form, `The file is on its way: ${Math.floor((100 * loaded) / total)}%.`, loaded / total);
      else show(form, "The file has arrived and is being looked at.");
    });
    request.addEventListener("load", () => answered(form, request));
    request.addEventListener("error", () => stop(form, "The connection broke, and nothing was taken. Try it again."));
    form.querySelector("[data-problem]").hidden = true;
    lock(form, true);
    show(form, "The file is on its way.", 0);
    request.send(new FormData(form, event.submitter));
  });
})();
