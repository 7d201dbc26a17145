// Runs before the first paint: where the page follows the system, its theme is the system's. A file, because the CSP
// allows no inline script.
(() => {
  const { dataset } = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    if (dataset.themeChoice === "system") dataset.bsTheme = system.matches ? "dark" : "light";
  };
  apply();
  system.addEventListener("change", apply);
})();
