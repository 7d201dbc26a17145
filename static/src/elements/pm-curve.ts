/**
 * <pm-curve programme="3" metric="benefits">: planned, forecast and actual, cumulative by fiscal
 * year, with a line for today. With `told`, a series as JSON, it draws that; its points may be levels.
 * The server's table stays inside as the text alternative; the picture is drawn above it.
 */
import { api, then } from "../shared/api";
import { ChartElement, type Drawing, escaped, tooltip } from "../shared/chart";
import type { components } from "../schema";
import { shown } from "../shared/numbers";
import { moneyUnit, token } from "../shared/page";

type Series = Required<Pick<components["schemas"]["Series"], "periods" | "as_of">> &
  components["schemas"]["Series"] & {
    /** Whether its points are levels on days, not sums by the end of years. */
    level?: boolean;
  };

function number(value: string | number | null | undefined): number | null {
  return value === null || value === undefined ? null : Number(value);
}

class PmCurve extends ChartElement<Series> {
  protected readonly alternative = "Benefit realisation curve; the table below holds its figures.";

  protected async fetched(id: number): Promise<Series | null> {
    const told = this.getAttribute("told");
    if (told) return JSON.parse(told) as Series;
    const { data } = await api.GET("/api/v1/programmes/{id}/series/", {
      params: { path: { id }, query: { metric: "benefits", ...then(this) } },
    });
    return data?.periods.length && data.as_of
      ? { ...data, periods: data.periods, as_of: data.as_of }
      : null;
  }

  /** Where the as-of day is on the axis of year ends: the index of its year, less one, plus the share of it passed. */
  private today(series: Series): number | null {
    const now = Date.parse(series.as_of ?? "");
    const at = series.periods.findIndex(
      (period) => now >= Date.parse(period.start) && now <= Date.parse(period.end),
    );
    const period = series.periods[at];
    if (!period) return null;
    const share =
      (now - Date.parse(period.start)) /
      (Date.parse(period.end) - Date.parse(period.start) + 86_400_000);
    return at - 1 + share;
  }

  protected option(series: Series): Drawing {
    const unit = moneyUnit(series.currency, series.scale);
    const ink = token("--pm-quiet");
    const today = this.today(series);
    const amount = (value: number) => shown(value, series.level ? 2 : 0);
    const labels = series.periods.map((period) => period.label);
    const values = (key: "planned_cumulative" | "forecast_cumulative" | "actual_cumulative") =>
      series.periods.map(
        (period, index) => [index, number(period[key])] as [number, number | null],
      );
    const line = (
      name: string,
      colour: string,
      type: "solid" | "dashed" | "dotted",
      key: Parameters<typeof values>[0],
      symbol: string,
    ) => ({
      name,
      type: "line" as const,
      data: values(key),
      symbol,
      symbolSize: 7,
      connectNulls: series.level ?? false,
      lineStyle: { color: colour, type, width: 2.25 },
      itemStyle: { color: colour },
      emphasis: { disabled: true },
      ...(key === "actual_cumulative" && !series.level
        ? { areaStyle: { color: colour, opacity: 0.14 } }
        : {}),
    });
    const planned = line("Planned", token("--pm-plan"), "dotted", "planned_cumulative", "rect");
    return {
      grid: { left: 8, right: 16, top: 30, bottom: 4, containLabel: true },
      tooltip: tooltip(
        (list: { seriesName: string; value: [number, number | null]; marker: string }[]) => {
          const at = list[0]?.value[0] ?? 0;
          const lines = list
            .filter((point) => point.value[1] !== null)
            .map(
              (point) =>
                `${point.marker} ${point.seriesName} <b>${amount(point.value[1] ?? 0)}</b>`,
            );
          const unmeasured = series.periods[at]?.unmeasured;
          if (unmeasured) lines.push(`${unmeasured} not measured`);
          return [`By the end of ${escaped(labels[at] ?? "")}, ${unit}`, ...lines].join("<br>");
        },
      ),
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
        axisLabel: { color: ink, fontSize: 11, formatter: amount },
        axisLine: { show: false }, // it would stand at the first year, within the picture
        axisTick: { show: false },
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
                  label: {
                    formatter: "Today",
                    color: token("--pm-accent"),
                    fontSize: 11,
                    position: "end",
                  },
                  data: [{ xAxis: today }],
                },
        },
        line("Forecast", token("--pm-forecast"), "dashed", "forecast_cumulative", "circle"),
        line("Actual", token("--pm-actual"), "solid", "actual_cumulative", "diamond"),
      ],
    };
  }
}

customElements.define("pm-curve", PmCurve);
