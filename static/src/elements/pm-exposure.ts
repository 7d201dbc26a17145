/**
 * <pm-exposure programme="3" label="…">: the chance that the open risks cost no more than an amount,
 * with P50, P80 and P90.
 * The tables beside it are the text alternative.
 */
import { api, then } from "../shared/api";
import { ChartElement, type Drawing, escaped, tooltip } from "../shared/chart";
import type { components } from "../schema";
import { moneyUnit, token, whole } from "../shared/page";

type Distribution = components["schemas"]["RiskDistribution"];

const percent = (share: number) => `${whole.format(share * 100)}%`;

class PmExposure extends ChartElement<Distribution> {
  protected readonly alternative =
    "Distribution of the exposure; the tables beside it hold its figures.";

  protected async fetched(id: number): Promise<Distribution | null> {
    // Of independent risks, as the figures are: one P80 in picture, figure and tornado.
    const query = { ...then(this), loading: 0 };
    const { data } = await api.GET("/api/v1/programmes/{id}/risk-distribution/", {
      params: { path: { id }, query },
    });
    return data ?? null;
  }

  protected option(found: Distribution): Drawing {
    const unit = moneyUnit(found.currency, found.scale);
    const ink = token("--pm-quiet");
    const colour = token("--pm-accent");
    const points = found.curve.map(
      (point) => [Number(point.value), point.share] as [number, number],
    );
    // The last thousandth of the draws would take half of the width.
    const most = points.at(-2)?.[0] ?? points.at(-1)?.[0];
    const marks = (
      [
        ["P50", found.simulated.p50],
        ["P80", found.simulated.p80],
        ["P90", found.simulated.p90],
      ] as const
    ).map(([name, value], index) => ({
      xAxis: Number(value),
      label: {
        formatter: `${name} ${whole.format(Number(value))}`,
        color: token("--pm-ink"),
        fontSize: 11,
        position: "end" as const,
        distance: [0, 4 + 13 * (2 - index)],
      },
    }));
    return {
      grid: { left: 8, right: 24, top: 52, bottom: 4, containLabel: true },
      tooltip: tooltip((points: { value: [number, number] }[]) => {
        const [value, share] = points[0]?.value ?? [0, 0];
        return `<b>${percent(share)}</b> chance of no more than ${whole.format(value)} ${escaped(unit)}`;
      }),
      xAxis: {
        type: "value",
        max: most,
        name: unit,
        nameTextStyle: { color: ink, fontSize: 11 },
        nameGap: 6,
        axisLabel: {
          color: ink,
          fontSize: 11,
          hideOverlap: true,
          showMaxLabel: false,
          formatter: (value: number) => whole.format(value),
        },
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
    };
  }
}

customElements.define("pm-exposure", PmExposure);
