/**
 * <pm-curve programme="3" metric="benefits">: planned, forecast and actual, cumulative by fiscal year, with a line for today.
 * The server's table stays inside as the text alternative; the picture is drawn above it.
 */
import { LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { api, then } from "../shared/api";
import type { components } from "../schema";
import { moneyUnit, token, whole } from "../shared/page";

echarts.use([LineChart, AriaComponent, GridComponent, MarkLineComponent, TooltipComponent, SVGRenderer]);

type Series = Required<Pick<components["schemas"]["Series"], "periods" | "as_of">> & components["schemas"]["Series"];

const still = matchMedia("(prefers-reduced-motion: reduce)");
// Whatever changes the tokens' values: the system's theme, and paper.
const looks = [matchMedia("(prefers-color-scheme: dark)"), matchMedia("print")];

function number(value: string | number | null | undefined): number | null {
  return value === null || value === undefined ? null : Number(value);
}

class PmCurve extends HTMLElement {
  private chart: echarts.ECharts | null = null;
  private series: Series | null = null;
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
    const { data } = await api.GET("/api/v1/programmes/{id}/series/", { params: { path: { id }, query: { metric: "benefits", ...then(this) } } });
    if (!data?.periods || !data.as_of || !this.isConnected) return;
    this.series = { ...data, periods: data.periods, as_of: data.as_of };
    this.draw();
  }

  /** Where the as-of day falls on the axis of year ends: the index of its year plus the share of it that has passed, less one. */
  private today(series: Series): number | null {
    const now = Date.parse(series.as_of ?? "");
    const at = series.periods.findIndex((period) => now >= Date.parse(period.start) && now <= Date.parse(period.end));
    const period = series.periods[at];
    if (!period) return null;
    const share = (now - Date.parse(period.start)) / (Date.parse(period.end) - Date.parse(period.start) + 86_400_000);
    return at - 1 + share;
  }

  private draw(): void {
    const series = this.series;
    if (!series || series.periods.length === 0) return;
    let box = this.querySelector<HTMLElement>(":scope > .chart");
    if (!box) {
      box = document.createElement("div");
      box.className = "chart";
      box.dataset["keep"] = "";
      box.setAttribute("role", "img");
      box.setAttribute("aria-label", this.getAttribute("label") ?? "Benefit realisation curve; the table below holds its figures.");
      this.prepend(box);
      this.chart = echarts.init(box, null, { renderer: "svg" });
      this.resizing.observe(box);
    }
    const unit = moneyUnit(series.currency, series.scale);
    const ink = token("--pm-quiet");
    const today = this.today(series);
    const labels = series.periods.map((period) => period.label);
    const values = (key: "planned_cumulative" | "forecast_cumulative" | "actual_cumulative") => series.periods.map((period, index) => [index, number(period[key])] as [number, number | null]);
    const line = (name: string, colour: string, type: "solid" | "dashed" | "dotted", key: Parameters<typeof values>[0], symbol: string) => ({
      name,
      type: "line" as const,
      data: values(key),
      symbol,
      symbolSize: 7,
      connectNulls: false,
      lineStyle: { color: colour, type, width: 2.25 },
      itemStyle: { color: colour },
      emphasis: { disabled: true },
      ...(key === "actual_cumulative" ? { areaStyle: { color: colour, opacity: 0.14 } } : {}),
    });
    const planned = line("Planned", token("--pm-plan"), "dotted", "planned_cumulative", "rect");
    this.chart?.setOption(
      {
        animation: !still.matches && !looks[1]?.matches,
        animationDuration: 250,
        aria: { enabled: false },
        textStyle: { fontFamily: "Inter Variable, system-ui, sans-serif" },
        grid: { left: 8, right: 16, top: 30, bottom: 4, containLabel: true },
        tooltip: {
          trigger: "axis",
          confine: true,
          backgroundColor: token("--pm-surface"),
          borderColor: token("--pm-line-strong"),
          textStyle: { color: token("--pm-ink"), fontSize: 12 },
          formatter: (points: unknown) => {
            const list = points as { seriesName: string; value: [number, number | null]; marker: string }[];
            const at = list[0]?.value[0] ?? 0;
            const lines = list.filter((point) => point.value[1] !== null).map((point) => `${point.marker} ${point.seriesName} <b>${whole.format(point.value[1] ?? 0)}</b>`);
            return [`By the end of ${echarts.format.encodeHTML(labels[at] ?? "")}, ${unit}`, ...lines].join("<br>");
          },
        },
        xAxis: {
          type: "value",
          min: -0.5,
          max: labels.length - 0.5,
          interval: 1,
          axisLabel: {
            color: ink,
            fontSize: 11,
            customValues: labels.map((_, index) => index),
            formatter: (value: number) => labels[value] ?? "",
            hideOverlap: true,
          },
          axisTick: { customValues: labels.map((_, index) => index) },
          axisLine: { lineStyle: { color: token("--pm-line-strong") }, onZero: true },
          splitLine: { show: false },
        },
        yAxis: {
          type: "value",
          name: unit,
          nameTextStyle: { color: ink, fontSize: 11, align: "right" },
          axisLabel: { color: ink, fontSize: 11, formatter: (value: number) => whole.format(value) },
          splitLine: { lineStyle: { color: token("--pm-line") } },
        },
        series: [
          {
            ...planned,
            markLine:
              today === null
                ? undefined
                : {
                    silent: true,
                    symbol: "none",
                    animation: false,
                    lineStyle: { color: token("--pm-accent"), type: "solid", width: 1.5 },
                    label: { formatter: "Today", color: token("--pm-accent"), fontSize: 11, position: "end" },
                    data: [{ xAxis: today }],
                  },
          },
          line("Forecast", token("--pm-forecast"), "dashed", "forecast_cumulative", "circle"),
          line("Actual", token("--pm-actual"), "solid", "actual_cumulative", "diamond"),
        ],
      },
      { notMerge: true },
    );
  }
}

customElements.define("pm-curve", PmCurve);
