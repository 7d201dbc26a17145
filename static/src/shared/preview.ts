/** What saving would move, in a sentence and a small table, from the answer to ?preview=1. */
import { apart } from "./numbers";
import { moneyUnit, words } from "./page";

type Cell = string | number | null;
interface Move {
  from: Cell;
  to: Cell;
}
interface Metric extends Move {
  label: string;
  unit: string;
}
interface Programme {
  code: string;
  currency: string;
  money_unit: string;
  metrics: Metric[];
}
interface Project {
  code: string;
  name: string;
  finish: Move;
  health: Move;
}
interface Dependency {
  code: string;
  name: string;
  effective_forecast: Move;
  status: Move;
}
interface Year {
  label: string;
  forecast: Move;
  expected: Cell;
}
interface Benefits {
  code: string;
  currency: string;
  money_unit: string;
  years: Year[];
}
interface Person {
  name: string;
  roles: { role: string; dependency: string | null; source: { code: string | null } }[];
}
export interface Preview {
  programmes: Programme[];
  projects: Project[];
  dependencies: Dependency[];
  benefits: Benefits[];
  people: Person[];
  hidden: { programmes: number; projects: number };
}

function made(name: string, properties: Record<string, string>, ...children: (Node | string)[]): HTMLElement {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** Both ends of a move in the look of pages; numbers in as many digits as tell them apart. */
function shown(ends: readonly Cell[], unit: string): string[] {
  if (unit === "date") return ends.map((each) => (each === null ? "not known" : words(String(each))));
  if (unit === "status") return ends.map((each) => (each === null ? "not known" : String(each)));
  const known = ends.filter((each) => each !== null).map(Number);
  const numbers = unit === "ratio" ? apart(known, 2, 10, [0, 1]) : apart(known, 0, 2);
  return ends.map((each) => (each === null ? "not known" : (numbers.shift() ?? "")));
}

function row(name: string, move: Move, unit: string): HTMLElement {
  const texts = shown([move.from, move.to], unit);
  const cells = ["Now", "Then"].map((label, place) => made("td", { class: "num", "data-label": label }, texts[place] ?? ""));
  return made("tr", {}, made("th", { scope: "row", class: "name-cell" }, name), ...cells);
}

function group(title: string, rows: HTMLElement[]): HTMLElement[] {
  return rows.length ? [made("tbody", {}, made("tr", {}, made("th", { scope: "rowgroup", colspan: "3", class: "quiet small" }, title)), ...rows)] : [];
}

function moved(move: Move): boolean {
  return move.from !== move.to;
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? "" : "s"}`;
}

/** When dependencies come, and how they stand. */
function dependencies(links: Dependency[]): HTMLElement[] {
  const rows = links.flatMap((link) => {
    const name = `${link.code} ${link.name}`;
    const days = moved(link.effective_forecast) ? [row(name, link.effective_forecast, "date")] : [];
    return moved(link.status) ? [...days, row(name, link.status, "status")] : days;
  });
  return group("Dependencies", rows);
}

/** The forecast of each year that moves, and what is to be expected if contributions come as late as their projects. */
function years(benefits: Benefits): HTMLElement[] {
  return group(
    `Benefits of ${benefits.code} by year, if they follow their projects, in ${moneyUnit(benefits.currency, benefits.money_unit)}`,
    benefits.years.map((year) => ({ label: year.label, from: year.forecast.from, to: year.expected })).filter(moved).map((year) => row(year.label, year, "money")),
  );
}

const ROLES: Record<string, string> = { programme_manager: "manages", project_manager: "manages", benefit_owner: "owns", risk_owner: "owns", giver: "gives", receiver: "receives" };

/** Whom to ask: each person with what they have to do with it. */
function asked(people: Person[]): HTMLElement {
  const list = made("ul", { class: "plain" });
  for (const person of people) {
    const reasons = person.roles.map((each) => `${ROLES[each.role] ?? ""} ${each.dependency ?? each.source.code ?? ""}`.trim());
    list.append(made("li", {}, made("strong", {}, person.name), ` ${[...new Set(reasons)].join(", ")}`));
  }
  return made("details", {}, made("summary", {}, `${people.length} ${people.length === 1 ? "person" : "people"} to ask first`), list);
}

function sentence(preview: Preview): string {
  const figures = preview.programmes.reduce((sum, programme) => sum + programme.metrics.length, 0);
  const { programmes, projects } = preview.hidden;
  const links = preview.dependencies.length;
  if (!figures && !preview.projects.length && !links && !programmes && !projects) return "Saving this would move no figure and no date.";
  const parts = [];
  if (figures) parts.push(`${count(figures, "figure")} of ${preview.programmes.map((each) => each.code).join(", ")}`);
  const dates = preview.projects.filter((each) => moved(each.finish)).length;
  if (dates) parts.push(`the finish of ${count(dates, "project")}`);
  if (links) parts.push(`${links} ${links === 1 ? "dependency" : "dependencies"}`);
  const colours = preview.projects.filter((each) => moved(each.health)).length;
  if (colours) parts.push(`the health of ${count(colours, "project")}`);
  if (programmes || projects) parts.push(`figures of ${count(programmes, "programme")} and ${count(projects, "project")} that you may not see`);
  return `Saving this would move ${parts.join("; ")}.`;
}

/** The box to show; it takes the focus, and is gone with the next change that is sent. */
export function effects(preview: Preview): HTMLElement {
  const box = made("section", { class: "preview", tabindex: "-1", "aria-label": "Preview", "data-keep": "" }, made("h3", {}, sentence(preview)), made("p", { class: "quiet small" }, "Nothing has been saved yet."));
  const bodies = [
    ...group("Finish", preview.projects.filter((each) => moved(each.finish)).map((each) => row(`${each.code} ${each.name}`, each.finish, "date"))),
    ...dependencies(preview.dependencies),
    ...group("Health", preview.projects.filter((each) => moved(each.health)).map((each) => row(`${each.code} ${each.name}`, each.health, "status"))),
    ...preview.programmes.flatMap((each) => group(`${each.code}, money in ${moneyUnit(each.currency, each.money_unit)}`, each.metrics.map((metric) => row(metric.label, metric, metric.unit)))),
    ...preview.benefits.flatMap(years),
  ];
  if (bodies.length) {
    const head = made("thead", {}, made("tr", {}, made("th", { scope: "col" }, "What"), made("th", { scope: "col", class: "num" }, "Now"), made("th", { scope: "col", class: "num" }, "Then")));
    box.append(made("div", { class: "table-scroll", tabindex: "0", role: "group", "aria-label": "What would move" }, made("table", { class: "rows cards" }, head, ...bodies)));
  }
  if (preview.people.length) box.append(asked(preview.people));
  return box;
}
