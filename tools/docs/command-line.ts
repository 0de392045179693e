import { join } from 'node:path';

const WIDTH = 100;

/** What this needs of commander's Command. */
interface Command {
  name(): string;
  createHelp(): { visibleCommands(command: Command): Command[] };
  configureOutput(output: {
    writeOut: (text: string) => void;
    getOutHelpWidth: () => number;
    getOutHasColors: () => boolean;
  }): unknown;
  outputHelp(): void;
}

/** The help of every command, as the command line itself prints it. */
export async function commandLine(root: string): Promise<string> {
  const path = join(root, 'apps/cli/src/program.ts');
  const { createProgram } = (await import(path)) as { createProgram: () => Command };
  return verbsOf(createProgram(), [])
    .map(({ words, command }) => `## taskflow ${words.join(' ')}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\``)
    .join('\n\n');
}

interface Verb {
  readonly words: readonly string[];
  readonly command: Command;
}

/** Commands that do something, in the order of the help; nouns and aliases are left out. */
function verbsOf(command: Command, words: readonly string[]): Verb[] {
  const visible = command.createHelp().visibleCommands(command);
  const children = visible.filter((child) => child.name() !== 'help');
  if (children.length === 0) return [{ words, command }];
  return children.flatMap((child) => verbsOf(child, [...words, child.name()]));
}

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
    getOutHelpWidth: () => WIDTH,
    getOutHasColors: () => false,
  });
  command.outputHelp();
  return text.trim().replaceAll(/[ \t]+$/gm, '');
}
