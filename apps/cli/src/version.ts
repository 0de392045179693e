import { Command } from 'commander';
import { version } from '@taskflow/runtime/version';

export function versionVerb(): Command {
  return new Command('version').description('print the version').action(() => console.log(version));
}
