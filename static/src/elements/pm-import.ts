/**
 * <pm-import>: sends a file of records to the collection in `action`; shows what it would move and what its empty cells
 * take away, or which rows and columns were refused. A long file is left to a job, which is followed here, may be left
 * or cancelled, and is among those in `jobs`. What was written is seen in `list`.
 */
import type { components } from "../schema";
import { LOST, showSummary } from "../form/errors";
import { effects } from "../form/preview";
import { newKey } from "../form/sender";
import { type Address, type Preview, type Problem, forms, isAddress } from "../shared/api";
import { announce, element } from "../shared/page";

const KINDS: Record<string, string> = {
  csv: "text/csv",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
};
const FEW = 50;
const SOON = 1_000;

type Job = components["schemas"]["Job"];
interface Cleared {
  row: number;
  column: string;
  was: unknown;
}
interface Written {
  results: { id: number; version: number }[];
  cleared?: Cleared[];
}

class PmImport extends HTMLElement {
  private key = newKey();

  connectedCallback(): void {
    const form = this.querySelector("form");
    form?.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.send(false);
    });
    form?.addEventListener("change", () => (this.key = newKey()));
    this.querySelector("[data-preview]")?.addEventListener("click", () => void this.send(true));
  }

  private async send(preview: boolean): Promise<void> {
    const file = this.querySelector<HTMLInputElement>("input[type=file]")?.files?.[0];
    const address = this.getAttribute("action") ?? "";
    this.clear();
    if (!file || !isAddress(address)) {
      showSummary(this, "Choose a file first.");
      return;
    }
    const kind = KINDS[file.name.split(".").at(-1)?.toLowerCase() ?? ""];
    if (!kind) {
      showSummary(this, "Choose a file whose name ends in .csv or .xlsx.");
      return;
    }
    this.setAttribute("aria-busy", "true");
    const sent = await forms
      .request("post", address, {
        body: file,
        bodySerializer: (body: unknown) => body as File,
        headers: { "Content-Type": kind },
        params: {
          query: { ...this.options(), ...(preview ? { preview: "1" } : {}) },
          header: preview ? {} : { "Idempotency-Key": this.key },
        },
      })
      .catch(() => null);
    this.removeAttribute("aria-busy");
    if (!sent) {
      showSummary(this, LOST);
      return;
    }
    if (!sent.response.ok) {
      this.refused(sent.error ?? {});
      return;
    }
    if (sent.response.status === 202) void this.follow(sent.data as unknown as Job, preview);
    else this.done(sent.data, preview);
  }

  /** What is ticked of how the file is read. */
  private options(): Record<string, string> {
    const ticked = this.querySelectorAll<HTMLInputElement>("input[type=checkbox]:checked");
    return Object.fromEntries([...ticked].map(({ name, value }) => [name, value]));
  }

  private done(answer: unknown, preview: boolean): void {
    if (preview) this.foreseen(answer as Preview);
    else this.written(answer as Written);
  }

  /** Say how far the job is until it has ended, and then what came of it. */
  private async follow(job: Job, preview: boolean): Promise<void> {
    const said = element("p", { role: "status" });
    const bar = element("progress", { "aria-label": job.title });
    const cancel = element("button", { class: "btn btn-plain", type: "button" }, "Cancel the job");
    const jobs = element("a", { href: this.getAttribute("jobs") ?? "" }, "your jobs");
    const leave = element("p", { class: "quiet" }, "You may leave this page: it is among ", jobs);
    const line = element("div", { class: "running" }, bar, cancel);
    const box = element("div", { class: "imported" }, said, line, leave);
    cancel.addEventListener("click", () => void forms.request("delete", addressOf(job.url)));
    this.append(box);
    let at = job;
    while (at.state === "queued" || at.state === "running") {
      said.textContent = at.total
        ? `${at.progress.toString()} of ${at.total.toString()} rows`
        : "It begins when it is its turn.";
      if (at.total) Object.assign(bar, { max: at.total, value: at.progress });
      await new Promise((then) => window.setTimeout(then, SOON));
      if (!box.isConnected) return;
      at = (await read<Job>(job.url)) ?? at;
    }
    box.remove();
    const answer = at.result_url ? await read(at.result_url) : null;
    if (answer) {
      this.done(answer, preview);
      return;
    }
    this.key = newKey(); // with the old one, the same file is answered by this job again
    if (at.message) {
      const [headline, ...lines] = at.message.split("\n");
      showSummary(this, headline ?? "", [], lines);
    } else this.tell("It was cancelled: nothing was saved.");
  }

  private foreseen(preview: Preview): void {
    const box = effects(preview);
    const { results, cleared } = preview.object as unknown as Written;
    box.prepend(element("h3", {}, counted(results)));
    box.append(...gone(cleared));
    this.append(box);
    box.focus();
  }

  private written({ results: rows, cleared }: Written): void {
    const count = `${rows.length.toString()} ${rows.length === 1 ? "row" : "rows"}`;
    const told = `${count} written. The figures follow in a moment.`;
    this.tell(told, element("a", { href: this.getAttribute("list") ?? "" }, "See the list"));
    this.append(...gone(cleared));
    this.querySelector("form")?.reset();
  }

  private tell(text: string, ...more: HTMLElement[]): void {
    this.append(element("p", { class: "imported" }, `${text} `, ...more));
    announce(text);
  }

  private refused(problem: Partial<Problem>): void {
    const errors = problem.errors ?? [];
    const lines = errors.slice(0, FEW).map(({ row, column, detail }) => {
      const place = [row ? `Row ${row.toString()}` : "", column ?? ""].filter(Boolean).join(", ");
      return place ? `${place}: ${detail}` : detail;
    });
    const more = errors.length - lines.length;
    if (more > 0) lines.push(`${more.toString()} more`);
    const headline = lines.length
      ? "Nothing was saved. Please mend this in the file."
      : problem.detail;
    showSummary(this, headline ?? problem.title ?? "The file was not accepted.", [], lines);
  }

  private clear(): void {
    for (const node of this.querySelectorAll(".error-summary, .preview, .imported")) node.remove();
  }
}

/** How many rows would make a record, and how many are of one that is there. */
function counted(rows: Written["results"]): string {
  const made = rows.filter(({ version }) => version === 1).length;
  return `${rows.length.toString()} read: ${made.toString()} new, ${(rows.length - made).toString()} there already.`;
}

/** What the empty cells take away, the first of it by row and column. */
function gone(cleared: readonly Cleared[] = []): HTMLElement[] {
  if (!cleared.length) return [];
  const lines = cleared
    .slice(0, FEW)
    .map(({ row, column, was }) =>
      element("li", {}, `Row ${row.toString()}, ${column}: ${String(was)}`),
    );
  const more = cleared.length - lines.length;
  if (more > 0) lines.push(element("li", {}, `${more.toString()} more`));
  const title = element("p", {}, "Empty cells take away:");
  return [element("div", { class: "imported" }, title, element("ul", {}, ...lines))];
}

const addressOf = (url: string) => new URL(url).pathname as Address;

async function read<T = unknown>(url: string): Promise<T | null> {
  const answer = await fetch(addressOf(url), { credentials: "same-origin" }).catch(() => null);
  return answer?.ok ? ((await answer.json()) as T) : null;
}

customElements.define("pm-import", PmImport);
