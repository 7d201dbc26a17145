/**
 * <pm-fitting of="record-form" fields="title cause">: the lessons and standards that fit what is typed in these fields
 * of a form. It asks after a pause, where the form says in which project, programme or portfolio that is.
 */
import { api } from "../shared/api";
import type { components } from "../schema";
import { announce, element } from "../shared/page";

type Fitting = components["schemas"]["Fitting"];
type Place = { project: number } | { programme: number } | { portfolio: number };

const PAUSE = 500;
const FEWEST = 4; // characters that say anything
const MOST = 2000;
const PLACES = ["project", "programme", "portfolio"] as const;

class PmFitting extends HTMLElement {
  private timer = 0;
  private asked = "";

  connectedCallback(): void {
    this.stand();
    this.form?.addEventListener("input", this.plan);
    this.form?.addEventListener("change", this.plan);
    this.plan();
  }

  disconnectedCallback(): void {
    window.clearTimeout(this.timer);
    this.form?.removeEventListener("input", this.plan);
    this.form?.removeEventListener("change", this.plan);
  }

  private get form(): HTMLFormElement | null {
    return document.querySelector(`#${this.getAttribute("of") ?? ""} form`);
  }

  private readonly plan = (): void => {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.ask(), PAUSE);
  };

  /** Below the part of the form in which one types, so that nothing above the caret moves. */
  private stand(): void {
    const first = this.form?.elements.namedItem(this.names[0] ?? "");
    const part = first instanceof Element ? first.closest("fieldset") : null;
    if (part && part.nextSibling !== this) part.after(this);
  }

  private get names(): string[] {
    return (this.getAttribute("fields") ?? "").split(" ");
  }

  private value(name: string): string {
    const field = this.form?.elements.namedItem(name);
    const typed =
      field instanceof HTMLInputElement ||
      field instanceof HTMLTextAreaElement ||
      field instanceof HTMLSelectElement;
    return typed ? field.value.trim() : "";
  }

  private get place(): Place | undefined {
    for (const name of PLACES) {
      const id = Number(this.value(name));
      if (id) return { [name]: id } as Place;
    }
    return undefined;
  }

  private async ask(): Promise<void> {
    const { place } = this;
    const text = this.names
      .map((name) => this.value(name))
      .join(" ")
      .trim()
      .slice(0, MOST);
    const category = this.value("category");
    if (!place || text.length < FEWEST) {
      this.asked = "";
      this.show([]);
      return;
    }
    const question = JSON.stringify([place, text, category]);
    if (question === this.asked) return;
    this.asked = question;
    const { data } = await api.GET("/api/v1/lessons/relevant/", {
      params: { query: { ...place, text, category } },
    });
    if (question === this.asked) this.show(data?.results ?? []);
  }

  private show(found: Fitting[]): void {
    const before = this.querySelectorAll("li").length;
    this.replaceChildren();
    if (!found.length) return;
    this.append(
      element("h2", {}, "Lessons and standards that fit"),
      element("ul", { class: "fitting" }, ...found.map(line)),
    );
    if (!before) {
      announce(`Lessons and standards that fit: ${found.length}. They stand below these fields.`);
    }
  }
}

function line({ code, title, says, why, html_url, type }: Fitting): HTMLLIElement {
  const link = element("a", { href: html_url, target: "_blank", rel: "noopener" });
  link.append(element("span", { class: "code" }, code), ` ${title}`);
  const kind = type === "lessons" ? "Lesson" : "Standard";
  return element(
    "li",
    {},
    element("p", {}, link, " ", element("span", { class: "tag" }, kind)),
    element("p", {}, says),
    element("p", { class: "small quiet" }, why),
  );
}

customElements.define("pm-fitting", PmFitting);
