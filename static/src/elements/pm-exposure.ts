/**
 * <pm-exposure programme="3" label="…">: the chance that the open risks cost no more than an amount, with P50, P80 and P90.
 * The tables beside it are the text alternative.
 */
import { LineChart } from "echarts/charts";
import { GridComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { api, then } from "../shared/api";
import type { components } from "../schema";
import { moneyUnit, token, whole } from "../shared/page";

echarts.use([LineChart, GridComponent, MarkLineComponent, TooltipComponent, SVGRenderer]);

type Distribution = components["schemas"]["RiskDistribution"];

const still = matchMedia("(prefers-reduced-motion: reduce)");
// Whatever changes the tokens' values: the system's theme, and paper.
const looks = [matchMedia("(prefers-color-scheme: dark)"), matchMedia("print")];
const percent = (share: number) => `${whole.format(share * 100)}%`;

class PmExposure extends HTMLElement {
  private chart: echarts.ECharts | null = null;
  private found: Distribution | null = null;
  private readonly refresh = () => void this.load();
  private readonly redraw = () => this.draw();
  private readonly resizing = new ResizeObserver(() => this.chart?.resize());

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
    const id = Number(this.getAttribute("programme"));
    const { data } = await api.GET("/api/v1/programmes/{id}/risk-distribution/", { params: { path: { id }, query: then(this) } });
    if (!data || !this.isConnected) return;
    this.found = data;
    this.draw();
  }

  private draw(): void {
    const found = this.found;
    if (!found) return;
    let box = this.querySelector<HTMLElement>(":scope > .chart");
    if (!box) {
      box = document.createElement("div");
      box.className = "chart";
      box.dataset["keep"] = "";
      box.setAttribute("role", "img");
      box.setAttribute("aria-label", this.getAttribute("label") ?? "Distribution of the exposure; the tables beside it hold its figures.");
      this.prepend(box);
      this.chart = echarts.init(box, null, { renderer: "svg" });
      this.resizing.observe(box);
    }
    const unit = moneyUnit(found.currency, found.scale);
    const ink = token("--pm-quiet");
    const colour = token("--pm-accent");
    const points = found.curve.map((point) => [Number(point.value), point.share] as [number, number]);
    // The last thousandth of the draws would take half of the width.
    const most = points.at(-2)?.[0] ?? points.at(-1)?.[0];
    const marks = ([["P50", found.simulated.p50], ["P80", found.simulated.p80], ["P90", found.simulated.p90]] as const).map(([name, value], index) => ({
      xAxis: Number(value),
      label: { formatter: `${name} ${whole.format(Number(value))}`, color: token("--pm-ink"), fontSize: 11, position: "end" as const, distance: [0, 4 + 13 * (2 - index)] },
    }));
    this.chart?.setOption(
      {
        animation: !still.matches && !looks[1]?.matches,
        animationDuration: 250,
        textStyle: { fontFamily: "Inter Variable, system-ui, sans-serif" },
        grid: { left: 8, right: 24, top: 52, bottom: 4, containLabel: true },
        tooltip: {
          trigger: "axis",
          confine: true,
          backgroundColor: token("--pm-surface"),
          borderColor: token("--pm-line-strong"),
          textStyle: { color: token("--pm-ink"), fontSize: 12 },
          formatter: (shown: unknown) => {
            const [value, share] = (shown as { value: [number, number] }[])[0]?.value ?? [0, 0];
            return `<b>${percent(share)}</b> chance of no more than ${whole.format(value)} ${echarts.format.encodeHTML(unit)}`;
          },
        },
        xAxis: {
          type: "value",
          max: most,
          name: unit,
          nameTextStyle: { color: ink, fontSize: 11 },
          nameGap: 6,
          axisLabel: { color: ink, fontSize: 11, hideOverlap: true, showMaxLabel: false, formatter: (value: number) => whole.format(value) },
          axisLine: { lineStyle: { color: token("--pm-line-strong") }, onZero: false },
          splitLine: { show: false },
        },
        yAxis: {
          type: "value",
          min: 0,
          max: 1,
          axisLabel: { color: ink, fontSize: 11, formatter: percent },
          axisLine: { show: false, onZero: false },
          splitLine: { lineStyle: { color: token("--pm-line") } },
        },
        series: [
          {
            name: "Chance",
            type: "line",
            data: points,
            showSymbol: false,
            symbol: "circle",
            lineStyle: { color: colour, width: 2.25 },
            itemStyle: { color: colour },
            areaStyle: { color: colour, opacity: 0.12 },
            emphasis: { disabled: true },
            markLine: {
              silent: true,
              symbol: "none",
              animation: false,
              lineStyle: { color: ink, type: "dashed", width: 1.25 },
              data: marks,
            },
          },
        ],
      },
      { notMerge: true },
    );
  }
}

customElements.define("pm-exposure", PmExposure);
