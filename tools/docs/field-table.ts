import { formatDuration, InvalidInput, parseDefinitionFile } from '@taskflow/domain';
import { table } from './table.ts';

interface Place {
  /** A definition file in which these fields stand. */
  readonly make: (fields: object) => object;
  /** Where they stand in it. */
  readonly at: string;
  /** The same as violations call it when the author wrote the short form. */
  readonly alternative?: string;
}

/** Fields with what they take and their defaults, as the parser of definitions tells them. */
export function fieldTable(meanings: Readonly<Record<string, string>>, place: Place): string {
  const stored = valueAt(parseDefinitionFile(place.make({})), place.at);
  const rows = Object.entries(meanings).map(([name, meaning]) => [
    `\`${name}\``,
    shortened(wantedFor(name, place)),
    defaultOf(stored, name),
    meaning,
  ]);
  return table(['Field', 'Takes', 'Default', 'Meaning'], rows);
}

/** What the parser says it wants when it is given something else. */
function wantedFor(name: string, { make, at, alternative = at }: Place): string {
  if (name === 'sla') return 'a [duration](#durations), or an object';
  for (const wrong of [true, 'no']) {
    try {
      parseDefinitionFile(make({ [name]: wrong }));
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      const found = error.violations.find(({ field }) => [`${at}.${name}`, `${alternative}.${name}`].includes(field));
      if (found?.wanted !== undefined) return found.wanted;
    }
  }
  if (name === 'inline') return 'an object';
  throw new Error(`${at}.${name}: the parser does not say what it wants`);
}

/** Forms that many fields share are told once. */
function shortened(wanted: string): string {
  return wanted
    .replace(/^a duration such as .*, at most 3650d/, 'a [duration](#durations)')
    .replace(/^1 to 200 letters.*/, 'a [name](#names)');
}

/** What the field is when it is left out; empty when it is absent then, or has to be given. */
function defaultOf(stored: unknown, name: string): string {
  const given = ['name', 'key', 'max', 'cron', 'bash', 'run', 'inline', 'task', 'tasks', 'schedule', 'retry'];
  if (given.includes(name)) return '';
  const ms = valueAt(stored, `${name}_ms`);
  if (typeof ms === 'number') return `\`${formatDuration(ms)}\``;
  const value = valueAt(stored, name);
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return '';
  return typeof value === 'object' ? '' : `\`${String(value)}\``;
}

function valueAt(value: unknown, path: string): unknown {
  return path
    .split(/[.[\]]/)
    .filter((step) => step !== '')
    .reduce<unknown>((at, step) => (typeof at === 'object' && at !== null ? Reflect.get(at, step) : undefined), value);
}
