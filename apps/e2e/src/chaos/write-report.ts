import type { Recovered } from './recovery.js';
import type { Report } from './report.js';

const SHOWN = 10;
const ERRORS_SHOWN = 20;

/** The report for people, as Markdown that can be read as it is. */
export function writeReport(report: Report): string {
  const { options, machine, faults, findings, usage } = report;
  const { minutes, seed, apis, schedulers, pushers, workers } = options;
  const errors = Object.entries(report.errors).slice(0, ERRORS_SHOWN);
  return [
    `${minutes} min, seed ${seed}: ${apis} api, ${schedulers} schedulers, ${pushers} pusher, ${workers} workers on ` +
      `${machine.cpus} cores, Node ${machine.node}, Postgres ${machine.postgres}.`,
    '',
    `- submitted: ${report.submitted}, with ${report.repeated} calls made again`,
    `- task instances: ${list(report.tasks)}`,
    `- workflow instances: ${list(report.workflows)}`,
    `- attempts: ${list(report.attempts)}`,
    ...jobLines(report.jobs),
    `- slots of schedules: ${list(report.slots)}`,
    `- drained in ${seconds(report.drainedMs)} s after the load; longest time without a completion ${seconds(report.longestGapMs)} s`,
    `- memory in MB, highest / last: ${spans(usage.memory)}`,
    `- connections to Postgres, most / last: ${spans(usage.connections)}`,
    '',
    ...table(
      ['fault', 'number', 'recovered in: median', 'longest', 'attempts lost', 'leased again within'],
      [...Map.groupBy(faults, ({ kind }) => kind)].map(([kind, all]) => [kind, ...summary(all)]),
    ),
    ...(errors.length === 0 ? [] : ['', 'Logged as errors:', '']),
    ...errors.map(([message, n]) => `- ${n} × ${message.replaceAll(/\s+/g, ' ')}`),
    ...findings.flatMap(({ what, rows }) => [
      '',
      `VIOLATION: ${what} (${rows.length})`,
      '',
      ...rows.slice(0, SHOWN).map((row) => `- ${typeof row === 'string' ? row : JSON.stringify(row)}`),
    ]),
    '',
    findings.length === 0 ? `No violation. Seed ${seed}.` : `${findings.length} violations. Seed ${seed}.`,
  ].join('\n');
}

function jobLines(jobs: Report['jobs']): string[] {
  const each = Object.entries(jobs).map(
    ([name, { started, attempts }]) => `${name} ${started} of ${attempts} attempts`,
  );
  return each.length === 0 ? [] : [`- jobs that destinations ever started: ${each.join(', ')}`];
}

function summary(faults: readonly Recovered[]): string[] {
  const hits = faults.filter(({ hit }) => hit);
  const times = hits.flatMap(({ recoveryMs }) => recoveryMs ?? []).sort((one, other) => one - other);
  const again = hits.flatMap(({ leasedAgainMs }) => leasedAgainMs ?? []);
  const lost = hits.reduce((sum, fault) => sum + fault.lost, 0);
  const missed = faults.length > hits.length ? ` (and ${faults.length - hits.length} with nothing to hit)` : '';
  return [
    `${hits.length}${missed}`,
    times.length > 0 ? `${seconds(times[Math.floor(times.length / 2)] ?? 0)} s` : '',
    times.length > 0 ? `${seconds(times.at(-1) ?? 0)} s` : '',
    String(lost),
    again.length > 0 ? `${seconds(Math.max(...again))} s` : '',
  ];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, column) =>
    Math.max(3, title.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)];
}

function list(counts: Readonly<Record<string, number>>): string {
  const listed = Object.entries(counts).map(([name, n]) => `${name} ${n}`);
  return listed.join(', ') || 'none';
}

function spans(measured: Readonly<Record<string, { readonly highest: number; readonly last: number }>>): string {
  const listed = Object.entries(measured).map(([name, { highest, last }]) => `${name} ${highest} / ${last}`);
  return listed.sort().join(', ') || 'not known here';
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
