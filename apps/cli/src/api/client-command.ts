import { Command, Option } from 'commander';
import { FORMATS, type Format } from '../output/print.js';

export interface ClientOptions {
  readonly api?: string;
  readonly token?: string;
  readonly output: Format;
}

/** A verb that asks the api: `--api`, `--token`, and `-o` for what it prints. */
export function clientCommand(name: string, description: string): Command {
  return outputCommand(name, description)
    .option(
      '--api <host:port>',
      'gRPC address of the api; else $TASKFLOW_API_ADDRESS, that of `taskflow up` in this folder, 127.0.0.1:7233',
    )
    .option(
      '--token <token>',
      'token for the api; better in $TASKFLOW_TOKEN, where other users of the machine cannot read it',
    );
}

/** A verb that prints data. */
export function outputCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .addOption(new Option('-o, --output <format>', 'how data is printed').choices(FORMATS).default('table'));
}
