// What Django's admin pages leave without a name gets one: search boxes of linked records, and
// table headings that are empty. Runs again when rows are added below a record.
"use strict";
{
  const hidden = (text) => {
    const span = document.createElement("span");
    span.className = "visually-hidden";
    span.textContent = text;
    return span;
  };

  const label = (select) => document.querySelector(`label[for="${CSS.escape(select.id)}"]`);

  function nameSearchBox(box) {
    const select = box.closest(".select2-container")?.previousElementSibling;
    const rendered = box.querySelector(".select2-selection__rendered");
    if (!(select instanceof HTMLSelectElement) || !rendered) return;
    rendered.removeAttribute("role"); // it is the box that is operated
    rendered.removeAttribute("aria-readonly");
    const own = label(select);
    if (own) {
      own.id ||= `label_${select.id}`;
      box.setAttribute("aria-labelledby", `${own.id} ${rendered.id}`.trim());
    } else {
      box.removeAttribute("aria-labelledby");
      box.setAttribute("aria-label", select.getAttribute("aria-label") || select.name);
    }
  }

  function name() {
    document.querySelectorAll(".select2-selection").forEach(nameSearchBox);
    document.querySelectorAll(".select2-search__field:not([aria-label])").forEach((field) => {
      field.setAttribute("aria-label", "Search");
    });
    document.querySelectorAll("ul > .select2-selection__clear").forEach((button) => {
      button.setAttribute("role", "listitem");
    });
    document.querySelectorAll("th:empty").forEach((heading) => {
      heading.append(hidden(heading.matches(".original") ? "Record" : "Delete"));
    });
  }

  document.addEventListener("DOMContentLoaded", () => {
    name();
    new MutationObserver(name).observe(document.body, { childList: true, subtree: true });
  });
}
