import type { MemberOptions } from './member.js';
import type { Population } from './population.js';

/** Reads what every process writes. */
export interface Watch extends Pick<MemberOptions, 'onLine' | 'onMisdeed'> {
  /** By message: how many lines at level error and above. */
  readonly errors: ReadonlyMap<string, number>;
  /** Processes that ended, or did not, against what they were told. */
  readonly misdeeds: readonly string[];
  /** Prints the last lines of every process, for a run in which something is stuck. */
  show(population: Population): void;
}

interface Line {
  readonly level?: string;
  readonly msg?: string;
  readonly duty?: string;
  readonly err?: { readonly message?: string; readonly stack?: string };
}

export function createWatch(say: (line: string) => void): Watch {
  const errors = new Map<string, number>();
  const misdeeds: string[] = [];
  return {
    errors,
    misdeeds,
    onLine(member, text) {
      const line = read(text);
      if (line?.level !== 'error' && line?.level !== 'fatal') return;
      const service = member.replace(/-\d+$/, '');
      const message = [service, line.msg, line.duty, line.err?.message].filter(Boolean).join(': ').slice(0, 300);
      const before = errors.get(message) ?? 0;
      errors.set(message, before + 1);
    },
    onMisdeed(member, what, lines) {
      misdeeds.push(`${member} ${what}`);
      say([`${member} ${what}`, ...lines].join('\n'));
    },
    show(population) {
      for (const member of population.members.values()) {
        say(`--- ${member.name}`);
        console.log(member.lines().slice(-25).join('\n'));
      }
    },
  };
}

function read(text: string): Line | undefined {
  try {
    return JSON.parse(text) as Line;
  } catch (error) {
    // A line that is no JSON: something wrote past the logger.
    return error instanceof SyntaxError ? { level: 'error', msg: `unstructured: ${text.slice(0, 120)}` } : undefined;
  }
}
