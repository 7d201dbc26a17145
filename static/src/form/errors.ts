/** What was wrong with what a form sent: in a summary above it, and beside the fields that are meant. */
import type { Problem } from "../shared/api";
import { element } from "../shared/page";
import { type Field, fieldsOf, labelOf } from "./fields";

interface Named {
  id: string;
  text: string;
}

export const LOST = "The server could not be reached. What you typed is still here: try again.";

/** Show why the server refused what the form in `host` sent. */
export function showRefusal(
  host: HTMLElement,
  form: HTMLFormElement,
  status: number,
  problem: Partial<Problem>,
): void {
  const named: Named[] = [];
  const loose: string[] = [];
  for (const error of problem.errors ?? []) {
    const path = error.pointer.replace(/^#?\//, "").split("/");
    const field = fieldAt(form, path);
    if (field) named.push(told(field, error.detail));
    else loose.push(withName(path[0] ?? "", error.detail));
  }
  const listed = named.length > 0 || loose.length > 1;
  showSummary(host, headline(status, problem, named.length > 0), named, listed ? loose : []);
  const box = host.querySelector(".error-summary");
  if (problem.code === "confirmation_needed") {
    box?.append(beside("/account/confirm/?next=/account/", "Show that it is you"));
  }
  if (status === 401) box?.append(beside("/accounts/login/?next=/", "Sign in again"));
  if (problem.see?.length) box?.append(whereToSettle(problem.see));
}

/** The ways to the pages on which what was refused is settled. */
function whereToSettle(ways: NonNullable<Problem["see"]>): HTMLElement {
  const links = ways.map(({ text, page }) => element("li", {}, element("a", { href: page }, text)));
  return element("ul", { "aria-label": "Where to settle it" }, ...links);
}

/** The way to a page that asks who one is, beside this one, which keeps what was typed. */
function beside(href: string, words: string): HTMLElement {
  const properties = { href, target: "_blank", rel: "noopener" };
  return element("a", properties, `${words}, then come back and save again`);
}

/** The field that a pointer of an error means, if the form has it; of one that is hidden, the first that is seen in its
 * row. */
function fieldAt(form: HTMLFormElement, path: string[]): Field | undefined {
  const [name = ""] = path;
  const [, place = "", member = ""] = path;
  const names = [path.slice(0, 2).join("."), `${name}[${place}].${member}`, name, `${name}[]`];
  const fields = fieldsOf(form);
  const found = fields.find((field) => names.includes(field.name));
  if (found?.type !== "hidden") return found;
  const row = found.closest("tr");
  return fields.find((field) => row?.contains(field) && field.type !== "hidden") ?? found;
}

function withName(name: string, text: string): string {
  return name && name !== "non_field_errors" ? `${name.replaceAll("_", " ")}: ${text}` : text;
}

function told(field: Field, text: string): Named {
  const id = `${field.id}-error`;
  const line = element("span", { class: "error", id }, text);
  (field.closest(".field") ?? field.parentElement)?.append(line);
  field.setAttribute("aria-invalid", "true");
  const described = [field.getAttribute("aria-describedby"), id].filter(Boolean).join(" ");
  field.setAttribute("aria-describedby", described);
  return { id: field.id, text: `${labelOf(field)}: ${text}` };
}

function headline(status: number, problem: Partial<Problem>, named: boolean): string {
  if (problem.code === "confirmation_needed") {
    return "This asks for your password again, so that nobody else does it. What you typed is still here.";
  }
  if (status === 401) return "You are signed out. What you typed is still here.";
  if (status === 403) return problem.detail ?? "You may not change this.";
  if (status === 429) return "Too many changes in a short time. Wait a moment and try again.";
  if (status === 503) {
    return "The database does not answer just now. What you typed is still here: try again in a moment.";
  }
  if (status >= 500) {
    const request = problem.request_id ? ` (request ${problem.request_id})` : "";
    return `Something went wrong on the server; nothing was saved. Try again.${request}`;
  }
  return named ? "Nothing was saved. Please mend what is named here." : sentence(problem);
}

/** What a refusal says where no field of the form is meant: its one error, unless the problem says that and more. */
function sentence(problem: Partial<Problem>): string {
  const [only, ...others] = problem.errors ?? [];
  const told = others.length ? undefined : only?.detail;
  const text = told && !problem.detail?.includes(told) ? told : problem.detail;
  return text ?? problem.title ?? "This was not accepted.";
}

/** Show what happened above the form, with links to the fields that are meant, and take the focus there. */
export function showSummary(
  host: HTMLElement,
  words: string,
  named: Named[] = [],
  loose: string[] = [],
): void {
  const items = [...named.map(linkTo), ...loose].map((item) => element("li", {}, item));
  const box = summaryBox(words);
  if (items.length) box.append(element("ul", {}, ...items));
  host.prepend(box);
  box.focus();
}

function linkTo({ id, text }: Named): HTMLElement {
  const anchor = element("a", { href: `#${id}` }, text);
  anchor.addEventListener("click", (event) => {
    event.preventDefault();
    document.getElementById(id)?.focus();
  });
  return anchor;
}

/** The box above a form that says what is wrong. */
export function summaryBox(words: string): HTMLElement {
  const properties = { class: "error-summary", role: "alert", tabindex: "-1", "data-keep": "" };
  return element("div", properties, element("p", { class: "summary-title" }, words));
}

/** Take away what an earlier answer left at the form. */
export function clearAnswers(host: HTMLElement, form: HTMLFormElement): void {
  for (const node of host.querySelectorAll(".error-summary, .preview, .field .error")) {
    node.remove();
  }
  for (const field of fieldsOf(form)) {
    field.removeAttribute("aria-invalid");
    const ids = (field.getAttribute("aria-describedby") ?? "").split(" ");
    const described = ids.filter((id) => id && !id.endsWith("-error"));
    if (described.length) field.setAttribute("aria-describedby", described.join(" "));
    else field.removeAttribute("aria-describedby");
  }
}
