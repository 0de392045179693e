import { Argument, Command } from 'commander';

const SHELLS = ['bash', 'zsh'] as const;

/** Prints a script that completes nouns, verbs and options; made from the commands themselves. */
export function completion(program: () => Command): Command {
  return new Command('completion')
    .description('print a completion script: source <(taskflow completion bash)')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .action((shell: (typeof SHELLS)[number]) => console.log(completionScript(program(), shell)));
}

function completionScript(program: Command, shell: (typeof SHELLS)[number]): string {
  const cases = [...wordsByPath(program)].map(([path, words]) => `    '${path}') words='${words.join(' ')}' ;;`);
  return [
    ...(shell === 'zsh' ? ['autoload -U +X bashcompinit && bashcompinit'] : []),
    '_taskflow() {',
    '  local words="" path="" word',
    '  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
    '    case "$word" in -*) ;; *) path="${path:+$path }$word" ;; esac',
    '  done',
    '  case "$path" in',
    ...cases,
    '  esac',
    '  COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))',
    '}',
    'complete -o default -F _taskflow taskflow',
  ].join('\n');
}

function wordsByPath(command: Command, path: readonly string[] = []): Map<string, string[]> {
  const children = command.createHelp().visibleCommands(command);
  const options = command.options.map((option) => option.long).filter((name): name is string => name !== undefined);
  const own: [string, string[]] = [path.join(' '), [...children.map((child) => child.name()), ...options, '--help']];
  const below = children.filter((child) => child.name() !== 'help');
  return new Map([own, ...below.flatMap((child) => [...wordsByPath(child, [...path, child.name()])])]);
}
