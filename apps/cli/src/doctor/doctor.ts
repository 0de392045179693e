import type { Command } from 'commander';
import type { Violation } from '@taskflow/audit';
import { outputCommand } from '../api/client-command.js';
import { withDatabase } from '../db/open.js';
import { withDatabaseOption, type DatabaseOptions } from '../db/url.js';
import { CommandFailure } from '../failure/command-failure.js';
import type { Format } from '../output/print.js';
import { oneLine } from '../output/text.js';
import { checkHealth } from './health.js';

interface Options extends DatabaseOptions {
  readonly output: Format;
  readonly audit?: boolean;
}

export function doctor(): Command {
  return withDatabaseOption(
    outputCommand('doctor', 'tell whether the system is well; reads the database itself, not the api'),
  )
    .option('--audit', 'also check the invariants (docs/guarantees.md) by SQL over all that is stored')
    .action((options: Options) =>
      withDatabase(options, async (db) => {
        const complaints = await checkHealth(db);
        const violations = options.audit ? await (await import('@taskflow/audit')).audit(db) : [];
        print(options, complaints, violations);
        if (violations.length > 0) throw new CommandFailure(`${violations.length} invariants do not hold`);
        if (complaints.length > 0) throw new CommandFailure(`${complaints.length} things need a look`);
      }),
    );
}

function print(options: Options, complaints: readonly string[], violations: readonly Violation[]): void {
  if (options.output !== 'table') {
    console.log(JSON.stringify({ complaints, ...(options.audit ? { violations } : {}) }));
    return;
  }
  for (const complaint of complaints) console.log(`- ${complaint}`);
  for (const { invariant, check, holds, rows, more } of violations) {
    console.log(`- ${invariant} ${check}: it does not hold that ${holds}`);
    for (const row of rows) console.log(`    ${oneLine(JSON.stringify(row))}`);
    if (more) console.log('    and more');
  }
  if (complaints.length + violations.length > 0) return;
  console.log(options.audit ? 'All is well; every invariant that the audit checks holds.' : 'All is well.');
}
