/**
 * <pm-mention record-type="risk" record-id="17"> around a textarea: `@` and letters offer the people who see the
 * record; the arrows choose one, Enter or Tab takes it, Escape goes on without. What stays is `@` and their code.
 */
import { api } from "../shared/api";
import { announce, beginOnce, element } from "../shared/page";

interface Person {
  code: string;
  name: string;
  title: string;
}

/** The mention that is being typed: `@` and a name of two words, up to the caret. */
const TYPED =
  /(?:^|[^\w@./-])@([\p{L}\p{M}\p{N}.'\u200c\u200d-]+(?: [\p{L}\p{M}\p{N}.'\u200c\u200d-]+)?)$/u;
const PAUSE = 150;

class PmMention extends HTMLElement {
  private people: Person[] = [];
  private chosen = 0;
  private timer = 0;
  private asked = 0;
  private readonly list = element("ul", { class: "mentionable", role: "listbox", hidden: "" });

  connectedCallback(): void {
    beginOnce(this, () => {
      this.begin();
    });
  }

  private begin(): void {
    const { text, list } = this;
    list.id = `${text.id}-people`;
    list.setAttribute("aria-label", "People who see this");
    text.setAttribute("aria-autocomplete", "list");
    text.setAttribute("aria-controls", list.id);
    text.after(list);
    text.addEventListener("input", () => {
      this.plan();
    });
    text.addEventListener("keydown", (event) => {
      this.press(event);
    });
    text.addEventListener("blur", () => {
      this.offer([]);
    });
    list.addEventListener("mousedown", (event) => {
      event.preventDefault(); // the text keeps the focus
      const item = (event.target as Element).closest("li");
      if (item) this.take([...list.children].indexOf(item));
    });
  }

  private get text(): HTMLTextAreaElement {
    const text = this.querySelector("textarea");
    if (!text) throw new Error("A <pm-mention> holds a textarea.");
    return text;
  }

  private get typed(): string | undefined {
    return TYPED.exec(this.text.value.slice(0, this.text.selectionStart))?.[1];
  }

  private plan(): void {
    window.clearTimeout(this.timer);
    const { typed } = this;
    if (typed === undefined) this.offer([]);
    else this.timer = window.setTimeout(() => void this.ask(typed), PAUSE);
  }

  private async ask(search: string): Promise<void> {
    const number = ++this.asked;
    const { data } = await api.GET("/api/v1/comments/mentionable/", {
      params: {
        query: {
          record_type: this.getAttribute("record-type") as "risk",
          record_id: Number(this.getAttribute("record-id")),
          search,
        },
      },
    });
    if (number === this.asked && this.typed === search) this.offer(data?.results ?? []);
  }

  private offer(people: Person[]): void {
    const { list, text } = this;
    this.people = people;
    this.asked += people.length ? 0 : 1; // an answer on its way is too late
    list.replaceChildren(
      ...people.map(({ code, name, title }, index) =>
        element(
          "li",
          { role: "option", id: `${list.id}-${index}` },
          name,
          element("span", { class: "quiet small" }, ` ${[code, title].filter(Boolean).join(", ")}`),
        ),
      ),
    );
    list.hidden = people.length === 0;
    if (people.length) {
      this.choose(0);
      announce(`${people.length} people, ${people[0]?.name} first. Enter takes them.`);
    } else text.removeAttribute("aria-activedescendant");
  }

  private choose(index: number): void {
    this.chosen = (index + this.people.length) % this.people.length;
    for (const [place, item] of [...this.list.children].entries()) {
      item.setAttribute("aria-selected", String(place === this.chosen));
      if (place === this.chosen) {
        this.text.setAttribute("aria-activedescendant", item.id);
        item.scrollIntoView({ block: "nearest" });
      }
    }
  }

  private press(event: KeyboardEvent): void {
    if (this.list.hidden) return;
    const { key } = event;
    if (key === "ArrowDown") this.choose(this.chosen + 1);
    else if (key === "ArrowUp") this.choose(this.chosen - 1);
    else if (key === "Enter" || key === "Tab") this.take(this.chosen);
    else if (key === "Escape") this.offer([]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private take(index: number): void {
    const { text, typed } = this;
    const person = this.people[index];
    if (person && typed !== undefined) {
      const end = text.selectionStart;
      text.setRangeText(`@${person.code} `, end - typed.length - 1, end, "end");
      text.dispatchEvent(new Event("input", { bubbles: true }));
    }
    this.offer([]);
  }
}

customElements.define("pm-mention", PmMention);
