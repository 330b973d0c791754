// Tries a call of the API from its page: what each takes is read off the page, and the answer is shown as it came.
const form = document.querySelector("#try form");
const [choice, key, parameters, once, body, answer] =
  ["call", "key", "parameters", "idempotency", "body", "answer"].map((name) => document.getElementById(`try-${name}`));
const calls = [...document.querySelectorAll("section.call")];
const HEADERS = ["content-type", "retry-after", "allow", "www-authenticate"];

function chosen() {
  return calls[choice.value];
}

function prepare() {
  const call = chosen();
  const example = call.querySelector("pre.body");
  body.value = example ? example.textContent : "";
  document.getElementById("try-with-body").hidden = !example;
  document.getElementById("try-once").hidden = call.dataset.method !== "POST";
  once.value = "";
  answer.replaceChildren();
  parameters.replaceChildren();
  for (const row of call.querySelectorAll(":scope > table tr[data-name]")) {
    const label = document.createElement("label");
    const input = document.createElement("input");
    label.textContent = row.dataset.name;
    label.htmlFor = input.id = `try-parameter-${row.dataset.name}`;
    input.value = row.dataset.example ?? "";
    input.autocomplete = "off";
    Object.assign(input.dataset, { name: row.dataset.name, inPath: "inPath" in row.dataset ? "yes" : "" });
    parameters.append(label, input);
  }
}

function address() {
  let path = chosen().dataset.path;
  const query = new URLSearchParams();
  for (const input of parameters.querySelectorAll("input")) {
    const { name, inPath } = input.dataset;
    if (inPath) path = path.replace(`{${name}}`, encodeURIComponent(input.value));
    else if (input.value) query.set(name, input.value);
  }
  return path + (query.size ? `?${query}` : "");
}

function say(tag, words) {
  const element = document.createElement(tag);
  element.textContent = words;
  answer.append(element);
}

function inLines(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

async function send() {
  const { method } = chosen().dataset;
  // The example of a body names the key as the vendor's page does.
  const written = body.value.replaceAll("YOUR_API_KEY", key.value);
  const headers = { Authorization: `Bearer ${key.value}`, "Content-Type": "application/json" };
  if (method === "POST" && once.value) headers["Idempotency-Key"] = once.value;
  answer.replaceChildren();
  try {
    // Without the cookies of whoever is signed in: the key alone decides.
    const options = { method, headers, credentials: "omit", redirect: "manual" };
    if (written) options.body = written;
    const response = await fetch(address(), options);
    const text = await response.text();
    const told = HEADERS.filter((name) => response.headers.has(name)).map((name) => `${name}: ${response.headers.get(name)}`);
    say("h3", `${response.status} ${response.statusText}`.trim());
    say("pre", told.join("\n"));
    say("pre", inLines(text) || "(no body)");
  } catch (error) {
    say("h3", "No answer came");
    say("p", `${error.message}. Whether the call was done is not known: look before you repeat it.`);
  }
}

calls.forEach((call, place) => {
  const { method, path } = call.dataset;
  choice.add(new Option(`${method} ${path}`, place));
  const button = document.createElement("button");
  button.className = "try-this";
  button.type = "button";
  button.textContent = "Try it";
  button.setAttribute("aria-label", `Try it: ${method} ${path}`);
  button.addEventListener("click", () => {
    choice.value = place;
    prepare();
    form.parentElement.scrollIntoView();
    key.focus({ preventScroll: true });
  });
  call.querySelector("h3").after(button);
});
choice.addEventListener("change", prepare);
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector(":scope > button");
  button.disabled = true;
  await send();
  button.disabled = false;
});
// Where there is no room beside the calls, the contents stay shut until they are asked for.
document.querySelector(".contents details").open = matchMedia("(min-width: 900px)").matches;
prepare();
document.getElementById("try-off").hidden = true;
form.hidden = false;
