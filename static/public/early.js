// Runs before the first paint. A file, because the CSP allows no inline script.

// Where the page follows the system, its theme is the system's.
(() => {
  const { dataset } = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    if (dataset.themeChoice === "system") dataset.bsTheme = system.matches ? "dark" : "light";
  };
  apply();
  system.addEventListener("change", apply);
})();

// A form that a script sends may be submitted before that script has come: it waits for it, and says so. By itself the
// browser would open this page again, with what was typed in its address.
(() => {
  const waiting = new WeakSet();
  const said = Object.assign(document.createElement("div"), {
    className: "toast-line",
    textContent: "This is sent as soon as the page is ready.",
  });
  const send = (form, submitter) => {
    waiting.delete(form);
    said.remove();
    form.requestSubmit(submitter);
  };
  document.addEventListener("submit", (event) => {
    const { target: form, submitter } = event;
    const host = form.closest("rest-form, pm-update, pm-import");
    if (!host?.matches(":not(:defined)")) return;
    event.preventDefault();
    if (waiting.has(form)) return;
    waiting.add(form);
    document.querySelector(".toasts")?.replaceChildren(said);
    // Not at once: what is defined begins a moment later.
    customElements.whenDefined(host.localName).then(() => setTimeout(send, 0, form, submitter));
  });
})();
