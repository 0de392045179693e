import { median, valuesOf, type Result } from './result.ts';
import { judge, type Verdict } from './targets.ts';

/** The whole result as Markdown. */
export function render(result: Result): string {
  const { machine, systems, absent, violations } = result;
  return [
    `Machine: ${machine.cores} cores (${machine.processor}), ${machine.memoryGiB} GiB, Linux ${machine.kernel}, Node ${machine.node}, ` +
      `Postgres ${machine.postgres}, Redis ${machine.redis ?? 'absent'}; commit ${machine.commit}.`,
    '',
    ...systems.map(({ name, version, settings }) => `- ${[name, version].filter(Boolean).join(' ')}: ${settings}`),
    ...Object.entries(absent).map(([name, why]) => `- ${name} was not run: ${why}`),
    '',
    ...figures(result),
    '',
    ...targets(judge(result)),
    '',
    violations.length === 0
      ? 'The auditor found nothing in the database of Taskflow.'
      : `THE AUDITOR FOUND ${violations.length}, the figures above do not count:\n${violations.join('\n')}`,
  ].join('\n');
}

function figures(result: Result): string[] {
  const keys = new Map(result.samples.map((s) => [`${s.scenario}|${s.figure}|${s.system}`, s]));
  const rows = [...keys.values()].map(({ scenario, figure, system }) => {
    const values = valuesOf(result, scenario, system, figure);
    return `| ${scenario} | ${figure} | ${system} | ${number(median(values))} | ${values.map(number).join(' · ')} |`;
  });
  return [
    '| Scenario | Figure | System | Median | Every repetition |',
    '| --- | --- | --- | --: | --- |',
    ...rows.sort(byScenario),
  ];
}

const order = ['drain', 'submit', 'pickup', 'chain', 'fanout'];
function byScenario(a: string, b: string): number {
  const at = (row: string): number =>
    (order.indexOf(row.split(' | ')[0]?.slice(2) ?? '') + order.length + 1) % (order.length + 1);
  return at(a) - at(b) || a.split(' | ')[1]?.localeCompare(b.split(' | ')[1] ?? '') || 0;
}

function targets(verdicts: readonly Verdict[]): string[] {
  if (verdicts.length === 0) return [];
  const rows = verdicts.map((v) => {
    const mark = (value: number | undefined): string =>
      value === undefined ? '' : `${v.better === 'more' ? '≥' : '≤'} ${value}${v.peer ? ' ×' : ` ${v.unit ?? ''}`}`;
    const met = (is: boolean | null): string => (is === null ? '' : is ? 'met' : 'MISSED');
    const reached = v.peer ? `${v.value.toFixed(2)} ×` : `${number(v.value)} ${v.unit ?? ''}`;
    return `| ${v.what} | ${v.peer ?? ''} | ${reached} | ${mark(v.must)} | ${met(v.mustMet)} | ${mark(v.aim)} | ${met(v.aimMet)} |`;
  });
  return ['| What | Against | Reached | Must | | Aim | |', '| --- | --- | --: | --- | --- | --- | --- |', ...rows];
}

function number(value: number): string {
  return value >= 1000 ? Math.round(value).toLocaleString('en-US') : value.toFixed(value < 10 ? 2 : 1);
}
