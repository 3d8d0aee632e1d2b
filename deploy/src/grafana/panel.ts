/** What a panel shows: its queries and how to read them. `$job` and `$instance` are the variables of every dashboard. */
export interface PanelQuery {
  readonly expr: string;
  /** As in Grafana: `{{label}}` is a label's value. */
  readonly legend: string;
}

export interface PanelSpec {
  readonly title: string;
  /** What it says, and when to worry. */
  readonly about: string;
  /** A unit of Grafana: `s`, `percentunit`, `short`, `reqps`, `bytes`. */
  readonly unit: string;
  readonly queries: readonly PanelQuery[];
}

export interface DashboardSpec {
  /** In the name of its file and in its address. */
  readonly id: string;
  readonly title: string;
  readonly panels: readonly PanelSpec[];
}

/** Of one target or all that are chosen. */
export const chosen = 'job=~"$job",instance=~"$instance"';

export function panel(
  title: string,
  unit: string,
  about: string,
  ...queries: readonly (readonly [expr: string, legend: string])[]
): PanelSpec {
  return { title, unit, about, queries: queries.map(([expr, legend]) => ({ expr, legend })) };
}
