import type { Command } from 'commander';
import { outputCommand } from '../api/client-command.js';
import { collect } from '../input/option.js';
import { printRows, type Column, type Format } from '../output/print.js';

interface Options {
  readonly file: string[];
  readonly output: Format;
}

interface Valid {
  readonly kind: string;
  readonly name: string;
}

const COLUMNS: readonly Column<Valid>[] = [
  ['kind', ({ kind }) => kind],
  ['name', ({ name }) => name],
];

export function workflowValidate(): Command {
  return outputCommand('validate', 'check files of definitions by themselves; needs no api (`apply --dry-run` asks it)')
    .requiredOption('-f, --file <path>', 'YAML, JSON, or a module; - is stdin (may be repeated)', collect)
    .action((options: Options) => validate(options));
}

async function validate(options: Options): Promise<void> {
  const { readDefinitions } = await import('../definition/read-definitions.js');
  const definitions = await readDefinitions(options.file);
  const rows = definitions.map(({ kind, specJson }): Valid => {
    const { name } = JSON.parse(specJson) as { name: string };
    return { kind, name };
  });
  printRows(options.output, rows, COLUMNS, ({ name }) => name);
  console.error(`${rows.length} definitions are valid.`);
}
