/** <theme-choice>: light, dark or the system's, kept in this browser. */
const KEY = "pmhub-theme";

class ThemeChoice extends HTMLElement {
  connectedCallback(): void {
    this.addEventListener("click", (event) => {
      const button = (event.target as Element).closest<HTMLButtonElement>("button[data-theme]");
      if (button) this.choose(button.dataset.theme ?? "system");
    });
    this.show();
  }

  private choose(theme: string): void {
    const root = document.documentElement;
    try {
      if (theme === "system") localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, theme);
    } catch {
      // Storage may be closed to us: the choice then lasts as long as the page.
    }
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.bsTheme = theme === "system" ? (dark ? "dark" : "light") : theme;
    root.dataset.themeChoice = theme;
    this.show();
    document.dispatchEvent(new CustomEvent("pm:theme"));
  }

  private show(): void {
    const chosen = document.documentElement.dataset.themeChoice ?? "system";
    for (const button of this.querySelectorAll("button[data-theme]")) {
      button.setAttribute("aria-pressed", String(button.getAttribute("data-theme") === chosen));
    }
  }
}

customElements.define("theme-choice", ThemeChoice);
