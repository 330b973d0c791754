// Makes and asks for passkeys: a form with data-passkey ("create" or "get") is sent with what the browser answers. The
// options stand in the page, or at data-options-from. Such a form shows only where the browser can do it.
(() => {
  if (!window.PublicKeyCredential?.parseRequestOptionsFromJSON) return;
  const WORDS = {
    NotAllowedError: "The browser was not let, or waited too long. Try again.",
    InvalidStateError: "This passkey is here already.",
    SecurityError: "Passkeys do not work under this address.",
  };

  async function options(form) {
    const from = form.dataset.optionsFrom;
    const answer = from && await fetch(from, { headers: { Accept: "application/json" } });
    if (answer && !answer.ok) throw new Error(answer.status);
    const told = answer ? await answer.json() : JSON.parse(document.getElementById("passkey-options").textContent);
    return told.request_options ?? told.creation_options;
  }

  async function ask(form) {
    const { publicKey } = await options(form);
    const isNew = form.dataset.passkey === "create";
    const read = isNew ? "parseCreationOptionsFromJSON" : "parseRequestOptionsFromJSON";
    return navigator.credentials[isNew ? "create" : "get"]({ publicKey: PublicKeyCredential[read](publicKey) });
  }

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const words = form.querySelector("[data-passkey-words]");
      words.hidden = true;
      try {
        form.elements.credential.value = JSON.stringify((await ask(form)).toJSON());
        form.submit();
      } catch (error) {
        words.textContent = WORDS[error.name] ?? "That did not work. Try again, or sign in another way.";
        words.hidden = false;
      }
    });
  }
})();
