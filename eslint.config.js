/** What eslint asks of the TypeScript: typescript-eslint's strict rules, with the types at hand. */
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

export default defineConfig({
  files: ["static/src/**/*.ts", "vite.config.ts"],
  ignores: ["static/src/schema.d.ts"],
  extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
  languageOptions: {
    parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
  },
  linterOptions: { reportUnusedDisableDirectives: "error" },
  rules: {
    curly: ["error", "multi-line"],
    // A listener of one line reads best as an arrow without braces.
    "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
    // A number says itself in a text; objects and what may be missing do not.
    "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
  },
});
