import { task, workflow, type RunContext } from '@taskflow/sdk';
import pg from 'pg';

/** date, weather, millimetres of rain, highest and lowest °C, wind in m/s */
type Day = readonly [date: string, weather: string, rain: number, high: number, low: number, wind: number];

interface Extracted {
  readonly rows: number;
  readonly days: readonly Day[];
}

interface Month {
  readonly month: string;
  readonly days: number;
  readonly rain: number;
  readonly meanHigh: number;
}

interface Extremes {
  readonly wettest: readonly { readonly day: string; readonly rain: number }[];
  readonly weather: Readonly<Record<string, number>>;
}

const dates = {
  from: { type: 'string', format: 'date', default: '2012-01-01' },
  to: { type: 'string', format: 'date', default: '2015-12-31' },
} as const;

/** Reads the days of a range from a table of Postgres. */
const extract = task({
  params: { type: 'object', properties: dates, additionalProperties: false },
  retries: 2,
  retryDelay: '2s',
  timeout: '1m',
  async run({ log }, { from, to }): Promise<Extracted> {
    const database = new pg.Client({ connectionString: process.env.DATABASE_URL, connectionTimeoutMillis: 5000 });
    await database.connect();
    try {
      const { rows } = await database.query<Day[]>({
        rowMode: 'array',
        text: `select to_char(date, 'YYYY-MM-DD'), weather, precipitation, temp_max, temp_min, wind
                 from example.seattle_weather where date between $1 and $2 order by date`,
        values: [from, to],
      });
      log.info('extracted', { rows: rows.length, from, to });
      return { rows: rows.length, days: rows as unknown as Day[] };
    } finally {
      await database.end();
    }
  },
});

/** Rain and mean high of each month of the year. */
const monthly = task({
  run({ inputs }: RunContext<{ extract: Extracted }>): Month[] {
    const months = Map.groupBy(inputs.extract.days, ([date]) => date.slice(5, 7));
    return [...months]
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([month, days]) => ({
        month,
        days: days.length,
        rain: rounded(sum(days.map(([, , rain]) => rain))),
        meanHigh: rounded(sum(days.map(([, , , high]) => high)) / days.length),
      }));
  },
});

/** The five wettest days and how often which weather was, by the tools that are on every machine. */
const extremes = task({
  retries: 1,
  timeout: '30s',
  bash: String.raw`
    set -euo pipefail
    export LC_ALL=C
    days() { tr -d ' "]}' <"$TASKFLOW_INPUTS_FILE" | tr '[' '\n' | grep '^[0-9]'; }
    wettest=$(days | sort -t, -k3,3gr -k1,1 |
      awk -F, 'NR <= 5 { printf "%s{\"day\": \"%s\", \"rain\": %s}", sep, $1, $3; sep = ", " }')
    weather=$(days | cut -d, -f2 | sort | uniq -c | sort -rn |
      awk '{ printf "%s\"%s\": %d", sep, $2, $1; sep = ", " }')
    echo "counted $(days | wc -l) days"
    echo "{\"wettest\": [$wettest], \"weather\": {$weather}}" >"$TASKFLOW_OUTPUT"
  `,
});

/** Joins both branches. */
const report = task({
  params: { type: 'object', properties: dates },
  run({ inputs }: RunContext<{ monthly: Month[]; extremes: Extremes }>, { from, to }) {
    const { monthly: months, extremes: found } = inputs;
    const wettest = months.reduce((most, month) => (month.rain > most.rain ? month : most));
    return {
      title: `Seattle weather from ${from} to ${to}`,
      days: sum(months.map(({ days }) => days)),
      rain: rounded(sum(months.map(({ rain }) => rain))),
      wettestMonth: wettest.month,
      wettestDays: found.wettest,
      weather: found.weather,
      months,
    };
  },
});

/** Pushes the report to an HTTP API. A 503 fails the attempt, and the next one sends it again under the same key. */
const publish = task({
  params: {
    type: 'object',
    properties: { reportUrl: { type: 'string', format: 'uri', pattern: '^https?://' } },
    required: ['reportUrl'],
  },
  retries: 3,
  retryDelay: '1s',
  retry: { factor: 2 },
  timeout: '20s',
  async run(
    { inputs, idempotencyKey, traceparent, signal }: RunContext<{ report: unknown }>,
    { reportUrl },
  ): Promise<{ status: number; location: string | null }> {
    const response = await fetch(reportUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': idempotencyKey, traceparent },
      body: JSON.stringify(inputs.report),
      signal,
    });
    if (!response.ok) throw new Error(`POST ${reportUrl} answered ${response.status} ${await response.text()}`);
    return { status: response.status, location: response.headers.get('location') };
  },
});

export const seattleWeather = workflow({
  name: 'seattle-weather',
  title: 'Seattle weather report',
  description: 'Extract from a table, transform in two branches, join, push to an HTTP API.',
  schedule: { cron: '0 6 * * *', timezone: 'America/New_York', overlap: 'skip' },
  params: {
    type: 'object',
    properties: {
      ...dates,
      reportUrl: { type: 'string', format: 'uri', default: 'http://127.0.0.1:8090/reports' },
    },
    additionalProperties: false,
  },
  tasks: {
    extract: { task: extract, params: { from: '{{ params.from }}', to: '{{ params.to }}' } },
    monthly: { task: monthly, dependsOn: ['extract'] },
    extremes: { task: extremes, dependsOn: ['extract'] },
    report: {
      task: report,
      dependsOn: ['monthly', 'extremes'],
      params: { from: '{{ params.from }}', to: '{{ params.to }}' },
    },
    publish: { task: publish, dependsOn: ['report'], params: { reportUrl: '{{ params.reportUrl }}' } },
  },
});

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function rounded(number: number): number {
  return Math.round(number * 10) / 10;
}
