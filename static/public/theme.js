// Runs before the first paint: the theme chosen by the user, else the system's. A file, because the CSP allows no inline script.
(() => {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    let chosen = null;
    try { chosen = localStorage.getItem("pmhub-theme"); } catch { /* storage may be closed to us */ }
    document.documentElement.dataset.bsTheme = chosen ?? (system.matches ? "dark" : "light");
    document.documentElement.dataset.themeChoice = chosen ?? "system";
  };
  apply();
  system.addEventListener("change", apply);
  addEventListener("storage", (event) => event.key === "pmhub-theme" && apply());
})();
