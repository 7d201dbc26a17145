/** Which choices of a form fit what is chosen beside them. */

/** Offer only what is of the portfolio that the form chooses; of what it does not offer nothing stays ticked. */
export function fitPortfolio(form: HTMLFormElement): void {
  const boxes = form.querySelectorAll<HTMLInputElement>("[data-portfolio]");
  if (!boxes.length) return;
  const chosen = form.querySelector<HTMLSelectElement>("select[name=portfolio]")?.value ?? "";
  for (const box of boxes) {
    const fits = !chosen || box.dataset.portfolio === chosen;
    const field = box.closest<HTMLElement>(".field");
    if (field) field.hidden = !fits;
    box.checked &&= fits;
  }
}
