import { median, valuesOf, type Result, type Sample } from './result.ts';
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
  const { samples } = result;
  const firstOf = (same: (sample: Sample) => boolean): number => samples.findIndex(same);
  const place = ({ scenario, figure, system }: Sample): number =>
    firstOf((s) => s.scenario === scenario) * 1e8 +
    firstOf((s) => s.scenario === scenario && s.figure === figure) * 1e4 +
    firstOf((s) => s.system === system);
  const rows = samples
    .filter(({ repetition }) => repetition === 0)
    .sort((a, b) => place(a) - place(b))
    .map(({ scenario, figure, system }) => {
      const values = valuesOf(result, scenario, system, figure);
      return `| ${scenario} | ${figure} | ${system} | ${number(median(values))} | ${values.map(number).join(' · ')} |`;
    });
  return ['| Scenario | Figure | System | Median | Every repetition |', '| --- | --- | --- | --: | --- |', ...rows];
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
