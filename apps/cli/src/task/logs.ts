import type { Command } from 'commander';
import type { LogLine } from '@taskflow/proto/taskflow/v1/instances.js';
import { withApi, type Api } from '../api/api.js';
import { CALL_LIMIT } from '../api/call-limit.js';
import { clientCommand, type ClientOptions } from '../api/client-command.js';
import { wholeNumber } from '../input/option.js';
import { plain } from '../output/plain.js';
import { styled } from '../output/text.js';

interface Options extends ClientOptions {
  readonly follow?: boolean;
  readonly attempt: number;
}

export function taskLogs(): Command {
  return clientCommand('logs', 'print what a task instance wrote')
    .argument('<id>', 'task instance')
    .option('-f, --follow', 'go on until it has ended')
    .option('--attempt <number>', 'only of this attempt', wholeNumber(1, 1_000_000), 0)
    .action((id: string, options: Options) => withApi(options, (api) => logs(api, id, options)));
}

async function logs(api: Api, id: string, options: Options): Promise<void> {
  const client = await api.instances();
  const printer = linePrinter(options);
  if (options.follow) {
    for await (const { lines } of client.tailTaskLogs({ id, pageToken: '' })) printer.print(lines);
  } else {
    for (let pageToken = '', more = true; more; more = pageToken !== '') {
      const { attempt } = options;
      const page = await client.listTaskLogs({ id, pageSize: 10_000, pageToken, attempt }, CALL_LIMIT);
      printer.print(page.lines);
      pageToken = page.nextPageToken;
    }
  }
  printer.end();
}

/** Lines as they were written; a heading on stderr where a new attempt begins. */
function linePrinter(options: Options): { print(lines: readonly LogLine[]): void; end(): void } {
  let attempt = 0;
  const all: LogLine[] = [];
  const show = (line: LogLine): void => {
    if (line.attempt !== attempt) {
      attempt = line.attempt;
      console.error(styled('gray', `--- attempt ${attempt}`, process.stderr));
    }
    process.stdout.write(`${line.stream === 'system' ? styled('yellow', line.line) : line.line}\n`);
  };
  return {
    print(lines) {
      for (const line of lines) {
        if (options.attempt !== 0 && line.attempt !== options.attempt) continue;
        if (options.output === 'json') all.push(line);
        else if (options.output === 'jsonl') process.stdout.write(`${JSON.stringify(plain(line))}\n`);
        else show(line);
      }
    },
    end() {
      if (options.output === 'json') process.stdout.write(`${JSON.stringify(all.map(plain), null, 2)}\n`);
    },
  };
}
