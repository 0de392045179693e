import { join } from 'node:path';

/** What this needs of commander's Command. */
interface Command {
  readonly commands: readonly Command[];
  action(run: () => void): unknown;
  configureOutput(output: { writeErr: (text: string) => void }): unknown;
  parseAsync(args: readonly string[], options: { from: 'user' }): Promise<unknown>;
}

/** `known` when the command line takes these words, and else what it says against them. Nothing is run. */
export async function checkCommand(root: string, words: readonly string[]): Promise<string> {
  const { createProgram } = (await import(join(root, 'apps/cli/src/program.ts'))) as { createProgram: () => Command };
  const program = createProgram();
  silence(program);
  try {
    await program.parseAsync(words, { from: 'user' });
    return 'known';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function silence(command: Command): void {
  command.configureOutput({ writeErr: () => undefined });
  if (command.commands.length === 0) command.action(() => undefined);
  for (const child of command.commands) silence(child);
}
