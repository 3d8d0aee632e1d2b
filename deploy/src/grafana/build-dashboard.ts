/** A dashboard in Grafana's own JSON, made with Grafana's builders. */
import {
  type Dashboard,
  DashboardBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import type { DashboardSpec, PanelSpec } from './panel.ts';

// biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of Grafana.
const dataSource = { type: 'prometheus', uid: '${datasource}' };
/** Of the 24 columns that Grafana divides a page into. */
const columns = 12;
const rows = 8;

export function buildDashboard({ id, title, panels }: DashboardSpec): Dashboard {
  const builder = new DashboardBuilder(title)
    .uid(`undertone-${id}`)
    .tags(['undertone'])
    .time({ from: 'now-1h', to: 'now' })
    .refresh('30s')
    .timezone('browser')
    .readonly()
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'))
    .withVariable(choice('job', 'label_values(undertone_session_capacity, job)'))
    .withVariable(choice('instance', 'label_values(undertone_session_capacity{job=~"$job"}, instance)'));
  for (const each of panels) builder.withPanel(timeSeries(each));
  return builder.build();
}

function choice(name: string, query: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(name)
    .query(query)
    .datasource(dataSource)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ selected: true, text: 'All', value: '$__all' });
}

function timeSeries({ title, about, unit, queries }: PanelSpec): PanelBuilder {
  const builder = new PanelBuilder()
    .title(title)
    .description(about)
    .unit(unit)
    .min(0)
    .datasource(dataSource)
    .span(columns)
    .height(rows);
  queries.forEach(({ expr, legend }, i) => {
    builder.withTarget(
      new DataqueryBuilder()
        .refId(String.fromCharCode(65 + i))
        .datasource(dataSource)
        .expr(expr)
        .legendFormat(legend)
        .range(),
    );
  });
  return builder;
}
