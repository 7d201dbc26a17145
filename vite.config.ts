/** Builds static/src into static/dist: one entry, lazy chunks for the pictures, and a sprite of the icons in use. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig, type Plugin } from "vite";

const root = import.meta.dirname;
const STROKES =
  'viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" ' +
  'stroke-linecap="round" stroke-linejoin="round"';

function filesUnder(folder: string, pattern: RegExp): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => pattern.test(name))
    .map((name) => join(root, folder, name));
}

/** Collects `{% icon "name" %}` of templates and `icon("name")` of scripts; a name that is no icon stops the build. */
function iconSprite(): Plugin {
  return {
    name: "icon-sprite",
    generateBundle() {
      const used = new Set<string>();
      const sources = [...filesUnder("templates", /\.html$/), ...filesUnder("static/src", /\.ts$/)];
      for (const file of sources) {
        const text = readFileSync(file, "utf8");
        for (const [, name] of text.matchAll(/(?:\{% icon |\bicon\()"([a-z0-9-]+)"/g)) {
          if (name) used.add(name);
        }
      }
      const symbols = [...used].sort().map((name) => {
        const svg = readFileSync(
          join(root, "node_modules/@tabler/icons/icons/outline", `${name}.svg`),
          "utf8",
        );
        const inside = svg
          .slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"))
          .trim();
        return `<symbol id="${name}" ${STROKES}>${inside}</symbol>`;
      });
      this.emitFile({
        type: "asset",
        fileName: "icons.svg",
        source: `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`,
      });
    },
  };
}

export default defineConfig({
  // Relative addresses, so that the built files work under any STATIC_URL.
  base: "./",
  publicDir: "static/public",
  plugins: [iconSprite()],
  build: {
    outDir: "static/dist",
    // Pages that are open go on loading what they name while the watcher builds.
    emptyOutDir: !process.argv.includes("--watch"),
    manifest: true,
    target: "es2022",
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 900,
    rolldownOptions: {
      input: { main: "static/src/main.ts" },
      // htmx can evaluate filters in attributes; pm-live turns that off, and the CSP forbids it.
      checks: { eval: false },
      output: {
        // Django may give the entry a second hash: what lazy chunks share lives outside it, so that
        // nothing loads twice.
        codeSplitting: {
          groups: [
            { name: "lit", test: /node_modules[\\/](lit|@lit|lit-html|lit-element)[\\/]/ },
            { name: "shared", test: /static[\\/]src[\\/]shared[\\/](?!chart)|openapi-fetch/ },
            { name: "forms", test: /static[\\/]src[\\/]form[\\/]/ },
            { name: "grid", test: /node_modules[\\/]ag-[\w-]+[\\/]|static[\\/]src[\\/]grid/ },
            // Apart, so that a page without a chart does not load what draws them.
            {
              name: "charts",
              test: /node_modules[\\/](echarts|zrender)[\\/]|shared[\\/]chart/,
            },
          ],
        },
      },
    },
  },
});
