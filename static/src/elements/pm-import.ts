/**
 * <pm-import>: sends a file of records to the collection in `action`; shows what it would move, or which rows and
 * columns were refused. What was written is seen in `list`.
 */
import { LOST, showSummary } from "../form/errors";
import { effects } from "../form/preview";
import { newKey } from "../form/sender";
import { type Preview, type Problem, forms, isAddress } from "../shared/api";
import { announce, element } from "../shared/page";

const KINDS: Record<string, string> = {
  csv: "text/csv",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
};
const FEW = 50;

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
          query: preview ? { preview: "1" } : {},
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
    if (preview) {
      this.foreseen(sent.data as Preview);
      return;
    }
    this.written((sent.data as unknown as { results: { id: number }[] }).results);
  }

  private foreseen(preview: Preview): void {
    const box = effects(preview);
    this.append(box);
    box.focus();
  }

  private written(rows: readonly { id: number }[]): void {
    const count = `${rows.length.toString()} ${rows.length === 1 ? "row" : "rows"}`;
    const told = `${count} written. The figures follow in a moment.`;
    const link = element("a", { href: this.getAttribute("list") ?? "" }, "See the list");
    this.append(element("p", { class: "imported" }, `${told} `, link));
    this.querySelector("form")?.reset();
    announce(told);
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

customElements.define("pm-import", PmImport);
