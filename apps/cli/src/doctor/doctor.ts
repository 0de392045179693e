import { Option, type Command } from 'commander';
import { outputCommand } from '../api/client-command.js';
import { withDatabase } from '../db/open.js';
import { withDatabaseOption, type DatabaseOptions } from '../db/url.js';
import { CommandFailure } from '../failure/command-failure.js';
import { durationMs, wholeNumber } from '../input/option.js';
import type { Format } from '../output/print.js';
import { checkHealth } from './health.js';
import { printAudit, runAudit, type AuditRun } from './run-audit.js';

interface Options extends DatabaseOptions {
  readonly output: Format;
  readonly audit?: boolean;
  readonly rows: number;
  readonly timeout: number;
}

export function doctor(): Command {
  return withDatabaseOption(
    outputCommand('doctor', 'tell whether the system is well; reads the database itself, not the api'),
  )
    .option('--audit', 'also check the invariants (docs/guarantees.md) by SQL over all that is stored, on one snapshot')
    .option('--rows <n>', 'most rows shown of what contradicts an invariant', wholeNumber(1, 10_000), 20)
    .addOption(
      new Option('--timeout <duration>', 'longest time of one check of the audit')
        .argParser(durationMs)
        .default(300_000, '5m'),
    )
    .action((options: Options) =>
      withDatabase(options, async (db) => {
        const complaints = await checkHealth(db);
        const run = options.audit ? await runAudit(db, { rows: options.rows, timeoutMs: options.timeout }) : undefined;
        print(options.output, complaints, run);
        const broken = new Set(run?.violations.map((violation) => violation.invariant)).size;
        if (broken > 0) throw new CommandFailure(`${broken} invariants do not hold`);
        if (complaints.length > 0) throw new CommandFailure(`${complaints.length} things need a look`);
      }),
    );
}

function print(format: Format, complaints: readonly string[], run: AuditRun | undefined): void {
  if (format === 'name') {
    for (const violation of run?.violations ?? []) console.log(violation.check);
    return;
  }
  if (format !== 'table') {
    console.log(JSON.stringify({ complaints, ...run }, null, format === 'json' ? 2 : undefined));
    return;
  }
  for (const complaint of complaints) console.log(`- ${complaint}`);
  if (run) printAudit(run);
  if (complaints.length + (run?.violations.length ?? 0) > 0) return;
  console.log(run ? 'All is well; every invariant holds.' : 'All is well.');
}
