/** What the amounts of a form are in, where that follows from what is chosen in it. */

/** The unit of its own that a record says, or that of its money: `money`, or what a choice above it says; in the
 * currency that it says its values are in. */
function unitOf(form: HTMLFormElement, money: string): string {
  const own = form.querySelector<HTMLInputElement>("[data-unit-own]");
  const flag = form.querySelector<HTMLInputElement>("[data-unit-flag]");
  if (own && !flag?.checked) return own.value.trim();
  const chosen = [...form.querySelectorAll("select")].map(
    ({ selectedOptions: [option] }) => option?.dataset.unit ?? "",
  );
  const unit = chosen.find(Boolean) ?? money;
  const currency = form.querySelector<HTMLInputElement>("[name=foreign_currency]")?.value.trim();
  return own && currency ? `${currency} ${/[km]$/.exec(unit)?.[0] ?? ""}`.trim() : unit;
}

/** Have amounts of which the unit is chosen in the form say it, and be read in it. */
export function tellUnits(form: HTMLFormElement, money: string): void {
  const amounts = form.querySelectorAll<HTMLInputElement>("[data-unit-chosen]");
  if (!amounts.length) return;
  const unit = unitOf(form, money);
  for (const field of amounts) {
    field.dataset.unit = unit;
    const said = field.labels?.[0]?.querySelector("[data-unit-said]");
    if (said) said.textContent = unit;
  }
}
