/** What saving would move, in a sentence and a small table, from the answer to ?preview=1. */
import type { components } from "../schema";
import type { Preview } from "../shared/api";
import { apart } from "../shared/numbers";
import { element, moneyUnit, words } from "../shared/page";

type Schemas = components["schemas"];
type Benefits = Schemas["PreviewBenefits"];
type Programme = Schemas["PreviewProgramme"];
type Role = Schemas["PreviewRole"];
type Along = Schemas["Along"];
type Move = Pick<Schemas["PreviewMetric"], "from" | "to">;

const NOT_KNOWN = "not known";
/** What has no number: a colour, or how what has ended did. */
const STANDS: Record<string, string> = {
  green: "Green",
  amber: "Amber",
  red: "Red",
  grey: NOT_KNOWN,
  closed: "Closed",
  terminated: "Stopped",
};

/** Both ends of a move in the look of pages; numbers in as many digits as tell them apart. */
function shown(ends: readonly Move["from"][], unit: string): string[] {
  const told = (tell: (end: NonNullable<Move["from"]>) => string) =>
    ends.map((end) => (end === null ? NOT_KNOWN : tell(end)));
  if (unit === "date") return told((end) => words(String(end)));
  if (unit === "status") return told((end) => STANDS[String(end)] ?? String(end));
  const known = ends.filter((end) => end !== null).map(Number);
  const numbers = unit === "ratio" ? apart(known, 2, 10, [0, 1]) : apart(known, 0, 2);
  return told(() => `${numbers.shift() ?? ""}${unit === "days" ? " d" : ""}`);
}

function row(name: string, move: Move, unit: string): HTMLElement {
  const [now = "", then = ""] = shown([move.from, move.to], unit);
  return element(
    "tr",
    {},
    element("th", { scope: "row", class: "name-cell" }, name),
    element("td", { class: "num", "data-label": "Now" }, now),
    element("td", { class: "num", "data-label": "Then" }, then),
  );
}

/** Rows under a heading of their own; nothing where there are none. */
function group(title: string, rows: HTMLElement[]): HTMLElement[] {
  if (!rows.length) return [];
  const attributes = { scope: "rowgroup", colspan: "3", class: "quiet small" };
  const heading = element("tr", {}, element("th", attributes, title));
  return [element("tbody", {}, heading, ...rows)];
}

function moved(move: Move): boolean {
  return move.from !== move.to;
}

function count(amount: number, noun: string, nouns = `${noun}s`): string {
  return `${amount} ${amount === 1 ? noun : nouns}`;
}

/** The finish or the health of the projects whose own moves. */
function ofProjects({ projects }: Preview, title: string, key: "finish" | "health"): HTMLElement[] {
  const unit = key === "finish" ? "date" : "status";
  const rows = projects
    .filter((project) => moved(project[key]))
    .map((project) => row(`${project.code} ${project.name}`, project[key], unit));
  return group(title, rows);
}

/** When dependencies come, and how they stand. */
function ofDependencies({ dependencies }: Preview): HTMLElement[] {
  const rows = dependencies.flatMap(({ code, name, effective_forecast, status }) => [
    ...(moved(effective_forecast) ? [row(`${code} ${name}`, effective_forecast, "date")] : []),
    ...(moved(status) ? [row(`${code} ${name}`, status, "status")] : []),
  ]);
  return group("Dependencies", rows);
}

/** The figures of a programme, or a project's own, that move. */
function ofProgramme({ code, currency, money_unit, metrics }: Programme): HTMLElement[] {
  const rows = metrics.map((metric) => row(metric.label, metric, metric.unit));
  return group(`${code}, money in ${moneyUnit(currency, money_unit)}`, rows);
}

/** The forecast of each year that moves, and what is to be expected if contributions come as late as their projects. */
function ofBenefits({ code, currency, money_unit, years }: Benefits): HTMLElement[] {
  const rows = years
    .map((year) => ({ label: year.label, from: year.forecast.from, to: year.expected }))
    .filter(moved)
    .map((year) => row(year.label, year, "money"));
  const unit = moneyUnit(currency, money_unit);
  return group(`Benefits of ${code} by year, if they follow their projects, in ${unit}`, rows);
}

const ROLES: Record<Role["role"], string> = {
  programme_manager: "manages",
  project_manager: "manages",
  benefit_owner: "owns",
  risk_owner: "owns",
  giver: "gives",
  receiver: "receives",
};

function reason({ role, dependency, source }: Role): string {
  return `${ROLES[role]} ${dependency ?? source.code ?? ""}`.trim();
}

/** Whom to ask: each person with what they have to do with it. */
function ofPeople({ people }: Preview): HTMLElement {
  const items = people.map(({ name, roles }) => {
    const reasons = [...new Set(roles.map(reason))].join(", ");
    return element("li", {}, element("strong", {}, name), ` ${reasons}`);
  });
  const summary = `${count(people.length, "person", "people")} to ask first`;
  const list = element("ul", { class: "plain" }, ...items);
  return element("details", {}, element("summary", {}, summary), list);
}

const FATES: Record<Along["fate"], string> = {
  goes: "Goes along",
  stays: "Stays",
  goes_on: "Goes on between the two",
  ends: "Ends",
  copied: "Holds on both",
  renamed: "Gets another code",
  superseded: "Gives way",
};

/** What happens to the records of a programme that is split or merged, kind by kind. */
function ofRecords({ object }: Preview): HTMLElement[] {
  const along = ((object ?? {}) as { along?: Along[] }).along ?? [];
  const items = along.map(({ kind, fate, count, says, names }) => {
    const more = count > names.length && names.length ? ", …" : "";
    const why = says ? `. ${says}.` : "";
    const which = names.length ? ` (${names.join(", ")}${more})` : "";
    const fated = `${FATES[fate]}: ${count} ${kind}${which}${why}`;
    return element("li", {}, fated);
  });
  const title = element("h4", {}, "What happens to the records");
  return items.length ? [title, element("ul", {}, ...items)] : [];
}

function sentence(preview: Preview): string {
  const parts = [];
  const moving = [...preview.project_figures, ...preview.programmes];
  const figures = moving.reduce((sum, each) => sum + each.metrics.length, 0);
  const codes = moving.map((each) => each.code).join(", ");
  if (figures) parts.push(`${count(figures, "figure")} of ${codes}`);
  const finishes = preview.projects.filter((project) => moved(project.finish)).length;
  if (finishes) parts.push(`the finish of ${count(finishes, "project")}`);
  const links = preview.dependencies.length;
  if (links) parts.push(count(links, "dependency", "dependencies"));
  const colours = preview.projects.filter((project) => moved(project.health)).length;
  if (colours) parts.push(`the health of ${count(colours, "project")}`);
  const { programmes, projects } = preview.hidden;
  if (programmes || projects) {
    const hidden = `${count(programmes, "programme")} and ${count(projects, "project")}`;
    parts.push(`figures of ${hidden} that you may not see`);
  }
  const opened = preview.would_open.length;
  const raised = opened ? ` It would open ${count(opened, "exception report")}.` : "";
  return parts.length
    ? `Saving this would move ${parts.join("; ")}.${raised}`
    : "Saving this would move no figure and no date.";
}

function table(bodies: HTMLElement[]): HTMLElement {
  const head = element(
    "tr",
    {},
    element("th", { scope: "col" }, "What"),
    element("th", { scope: "col", class: "num" }, "Now"),
    element("th", { scope: "col", class: "num" }, "Then"),
  );
  return element(
    "div",
    { class: "table-scroll", tabindex: "0", role: "group", "aria-label": "What would move" },
    element("table", { class: "rows cards" }, element("thead", {}, head), ...bodies),
  );
}

/** The box to show; it takes the focus, and is gone with the next change that is sent. */
export function effects(preview: Preview): HTMLElement {
  const bodies = [
    ...ofProjects(preview, "Finish", "finish"),
    ...ofDependencies(preview),
    ...ofProjects(preview, "Health", "health"),
    ...preview.project_figures.flatMap(ofProgramme),
    ...preview.programmes.flatMap(ofProgramme),
    ...preview.benefits.flatMap(ofBenefits),
  ];
  return element(
    "section",
    { class: "preview", tabindex: "-1", "aria-label": "Preview", "data-keep": "" },
    element("h3", {}, sentence(preview)),
    element("p", { class: "quiet small" }, "Nothing has been saved yet."),
    ...ofRecords(preview),
    ...(bodies.length ? [table(bodies)] : []),
    ...(preview.people.length ? [ofPeople(preview)] : []),
  );
}
