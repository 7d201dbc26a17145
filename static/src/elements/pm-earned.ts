/**
 * <pm-earned told="{…}">: planned, earned and spent by month, cumulative, and where each estimate at completion leads
 * from today. What is known of the exposure lies around them, from its P10 to its P90.
 * The tables below it are the text alternative.
 */
import { ChartElement, type Drawing, escaped, tooltip } from "../shared/chart";
import { shortDate, token, whole } from "../shared/page";

interface Month {
  day: string;
  planned: number;
  earned: number | null;
  spent: number | null;
  indices: string; // TCPI and SPI(t) in words, or nothing
}

interface Estimate {
  name: string;
  value: number;
}

interface Earned {
  as_of: string;
  ends: string;
  unit: string;
  months: Month[];
  estimates: Estimate[];
  range: [number, number] | null;
}

type Point = [number, number | null];

const ROOMY = 640;
const AROUND = 50; // above and below the lines, in pixels
const LABEL = 13; // the height of a label

class PmEarned extends ChartElement<Earned> {
  protected readonly alternative = "Planned, earned and spent; the tables below hold the figures.";

  protected fetched(): Promise<Earned | null> {
    const told = this.getAttribute("told");
    return Promise.resolve(told ? (JSON.parse(told) as Earned) : null);
  }

  protected option(found: Earned): Drawing {
    const ink = token("--pm-quiet");
    const roomy = this.clientWidth >= ROOMY;
    const apart = shifts(found, this.clientHeight - AROUND);
    return {
      grid: { left: 8, right: roomy ? 230 : 16, top: 30, bottom: 4, containLabel: true },
      tooltip: tooltip((list: { seriesName: string; value: Point; marker: string }[]) => {
        const said = list
          .filter(({ value }) => value[1] !== null)
          .map(
            ({ marker, seriesName, value }) =>
              `${marker} ${escaped(seriesName)} <b>${whole.format(value[1] ?? 0)}</b>`,
          );
        const at = list[0]?.value[0] ?? 0;
        const indices = found.months.find(({ day }) => Date.parse(day) === at)?.indices ?? "";
        const parts = [
          `By ${shortDate.format(at)}, ${escaped(found.unit)}`,
          ...said,
          escaped(indices),
        ];
        return parts.filter(Boolean).join("<br>");
      }),
      xAxis: {
        type: "time",
        axisLabel: { color: ink, fontSize: 11, hideOverlap: true },
        axisLine: { lineStyle: { color: token("--pm-line-strong") } },
        splitLine: { show: false },
      },
      yAxis: {
        type: "value",
        name: found.unit,
        nameTextStyle: { color: ink, fontSize: 11, align: "right" },
        axisLabel: { color: ink, fontSize: 11, formatter: (value: number) => whole.format(value) },
        splitLine: { lineStyle: { color: token("--pm-line") } },
      },
      series: [
        ...range(found),
        {
          ...line("Planned", "--pm-plan", "dotted", points(found, "planned")),
          markLine: now(found),
        },
        line("Spent", "--pm-forecast", "solid", points(found, "spent")),
        line("Earned", "--pm-actual", "solid", points(found, "earned")),
        ...found.estimates.map((each, at) => leading(found, each, roomy, apart[at] ?? 0)),
      ],
    };
  }
}

function points(found: Earned, name: "planned" | "earned" | "spent"): Point[] {
  return found.months.map((month) => [Date.parse(month.day), month[name]]);
}

function line(name: string, colour: string, type: "solid" | "dashed" | "dotted", data: Point[]) {
  return {
    name,
    type: "line" as const,
    data,
    showSymbol: data.filter(([, value]) => value !== null).length === 1, // one point makes no line
    symbol: "circle",
    symbolSize: 7,
    connectNulls: true,
    lineStyle: { color: token(colour), type, width: 2.25 },
    itemStyle: { color: token(colour) },
    emphasis: { disabled: true },
  };
}

/** What was spent by today, and what an estimate comes to at the end. */
function way(found: Earned, value: number): Point[] {
  const spent = found.months.find(({ day }) => day === found.as_of)?.spent ?? null;
  return [
    [Date.parse(found.as_of), spent],
    [Date.parse(found.ends), value],
  ];
}

/** The line to an estimate, named at its end where there is room. */
function leading(found: Earned, { name, value }: Estimate, roomy: boolean, shift: number) {
  return {
    ...line(name, "--pm-forecast", "dashed", way(found, value)),
    lineStyle: { color: token("--pm-forecast"), type: "dashed", width: 1.25 },
    showSymbol: true,
    symbolSize: 5,
    endLabel: {
      show: roomy,
      formatter: `${name} ${whole.format(value)}`,
      color: token("--pm-ink"),
      fontSize: 11,
      offset: [0, shift],
    },
  };
}

/** By how many pixels each label at the end of an estimate is moved down, so that none lies on another. */
function shifts(found: Earned, height: number): number[] {
  const values = found.estimates.map(({ value }) => value);
  const most = Math.max(...values, ...found.months.map(({ planned }) => planned), 1);
  const moved = values.map(() => 0);
  let free = -Infinity;
  const order = [...values.keys()].sort((one, other) => (values[other] ?? 0) - (values[one] ?? 0));
  for (const at of order) {
    const there = height * (1 - (values[at] ?? 0) / most);
    moved[at] = Math.max(0, free - there);
    free = there + (moved[at] ?? 0) + LABEL;
  }
  return moved;
}

/** The band between the P10 and the P90: the lower end, and upon it what lies between. */
function range(found: Earned) {
  if (!found.range) return [];
  const [low, high] = found.range;
  const between: Point[] = [
    [Date.parse(found.as_of), 0],
    [Date.parse(found.ends), high - low],
  ];
  const unseen = {
    ...line("P10", "--pm-forecast", "solid", way(found, low)),
    lineStyle: { opacity: 0 },
    stack: "range",
    silent: true,
    tooltip: { show: false },
  };
  return [
    unseen,
    {
      ...unseen,
      name: "P10 to P90",
      data: between,
      areaStyle: { color: token("--pm-forecast"), opacity: 0.16 },
    },
  ];
}

function now(found: Earned) {
  return {
    silent: true,
    symbol: "none",
    animation: false,
    lineStyle: { color: token("--pm-accent"), type: "solid", width: 1.5 },
    label: { formatter: "Today", color: token("--pm-accent"), fontSize: 11, position: "end" },
    data: [{ xAxis: Date.parse(found.as_of) }],
  };
}

customElements.define("pm-earned", PmEarned);
