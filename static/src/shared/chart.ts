/**
 * A chart in a custom element: drawn from what REST answers, and again when the page has news, the
 * theme changes or it is printed.
 * What the server put inside stays as the text alternative; the picture comes above it.
 */
import { LineChart } from "echarts/charts";
import {
  AriaComponent,
  GridComponent,
  MarkLineComponent,
  TooltipComponent,
} from "echarts/components";
import * as echarts from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { token } from "./page";

echarts.use([
  LineChart,
  AriaComponent,
  GridComponent,
  MarkLineComponent,
  TooltipComponent,
  SVGRenderer,
]);

export type Drawing = echarts.EChartsCoreOption;

export const escaped = echarts.format.encodeHTML;

const still = matchMedia("(prefers-reduced-motion: reduce)");
const print = matchMedia("print");
// Whatever changes the tokens' values: the system's theme, and paper.
const looks = [matchMedia("(prefers-color-scheme: dark)"), print];

export abstract class ChartElement<T> extends HTMLElement {
  /** What the picture is, where the element has no label. */
  protected abstract readonly alternative: string;
  private chart: echarts.ECharts | null = null;
  private found: T | null = null;
  private readonly refresh = () => void this.load();
  private readonly redraw = () => this.draw();
  private readonly resizing = new ResizeObserver(() => this.chart?.resize());

  /** What to draw; null when there is nothing. */
  protected abstract fetched(programme: number): Promise<T | null>;

  /** How it is drawn. */
  protected abstract option(found: T): Drawing;

  connectedCallback(): void {
    document.addEventListener("pm:refreshed", this.refresh);
    document.addEventListener("pm:theme", this.redraw);
    for (const look of looks) look.addEventListener("change", this.redraw);
    void this.load();
  }

  disconnectedCallback(): void {
    document.removeEventListener("pm:refreshed", this.refresh);
    document.removeEventListener("pm:theme", this.redraw);
    for (const look of looks) look.removeEventListener("change", this.redraw);
    this.resizing.disconnect();
    this.chart?.dispose();
    this.chart = null;
  }

  private async load(): Promise<void> {
    const found = await this.fetched(Number(this.getAttribute("programme")));
    if (!found || !this.isConnected) return;
    this.found = found;
    this.draw();
  }

  private draw(): void {
    if (!this.found) return;
    const common = {
      animation: !still.matches && !print.matches,
      animationDuration: 250,
      aria: { enabled: false },
      textStyle: { fontFamily: "Inter Variable, system-ui, sans-serif" },
    };
    this.canvas().setOption({ ...common, ...this.option(this.found) }, { notMerge: true });
  }

  private canvas(): echarts.ECharts {
    let box = this.querySelector<HTMLElement>(":scope > .chart");
    if (!box || !this.chart) {
      box?.remove();
      box = document.createElement("div");
      box.className = "chart";
      box.dataset.keep = "";
      box.setAttribute("role", "img");
      box.setAttribute("aria-label", this.getAttribute("label") ?? this.alternative);
      this.prepend(box);
      this.chart = echarts.init(box, null, { renderer: "svg" });
      this.resizing.observe(box);
    }
    return this.chart;
  }
}

/** The box that follows the pointer; `tell` makes its text of the points there, as ECharts gives them. */
export function tooltip(tell: (points: never) => string): object {
  return {
    trigger: "axis",
    confine: true,
    backgroundColor: token("--pm-surface"),
    borderColor: token("--pm-line-strong"),
    textStyle: { color: token("--pm-ink"), fontSize: 12 },
    formatter: (points: unknown) => tell(points as never),
  };
}
