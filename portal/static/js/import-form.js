// A form that imports a text: a chosen file is read into its text field, and the form is sent with
// the forgery token in a header, so that it may be larger than a form that is sent without script.

/** @param {HTMLFormElement} form */
function prepare(form) {
  const file = form.querySelector("[data-import-file]");
  const text = form.querySelector("textarea");
  if (file instanceof HTMLInputElement && text instanceof HTMLTextAreaElement) {
    file.addEventListener("change", async () => {
      const chosen = file.files?.[0];
      if (chosen) text.value = await chosen.text();
    });
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void send(form);
  });
}

/** @param {HTMLFormElement} form */
async function send(form) {
  const button = form.querySelector("button:not([type])");
  button?.classList.add("busy");
  const fields = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string") fields.append(name, value);
  }
  const token = document.body.dataset.csrf ?? "";
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body: fields,
      headers: { "x-csrf-token": token },
    });
    if (answer.redirected) {
      location.assign(answer.url);
      return;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const main = page.querySelector("main");
    const here = document.querySelector("main");
    if (main && here) {
      here.replaceWith(document.importNode(main, true));
      prepareAll();
    }
  } catch {
    form.submit();
  } finally {
    button?.classList.remove("busy");
  }
}

function prepareAll() {
  for (const form of document.querySelectorAll("form[data-import]")) {
    if (form instanceof HTMLFormElement) prepare(form);
  }
}

prepareAll();
