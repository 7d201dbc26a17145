/** <theme-choice>: light, dark or the system's, kept with the account: the next page comes in it. */
import { api } from "../shared/api";
import { toast } from "../shared/page";

type Theme = "system" | "light" | "dark";

class ThemeChoice extends HTMLElement {
  connectedCallback(): void {
    this.addEventListener("click", (event) => {
      const button = (event.target as Element).closest<HTMLButtonElement>("button[data-theme]");
      if (button) void this.choose(button.dataset.theme as Theme);
    });
    this.show();
  }

  private async choose(theme: Theme): Promise<void> {
    const { dataset } = document.documentElement;
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    dataset.bsTheme = theme === "system" ? (dark ? "dark" : "light") : theme;
    dataset.themeChoice = theme;
    this.show();
    document.dispatchEvent(new CustomEvent("pm:theme"));
    const { response } = await api.PATCH("/api/v1/me/", { body: { theme } });
    if (!response.ok) toast("The theme was not kept: it lasts as long as this page.");
  }

  private show(): void {
    const chosen = document.documentElement.dataset.themeChoice ?? "system";
    for (const button of this.querySelectorAll("button[data-theme]")) {
      button.setAttribute("aria-pressed", String(button.getAttribute("data-theme") === chosen));
    }
  }
}

customElements.define("theme-choice", ThemeChoice);
