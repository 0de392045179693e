import { IllegalTransition } from '../error/conflict.js';

/** `none` stands for "not there yet": its events create the thing. */
export type TransitionTable<State extends string, Event extends string> = Readonly<
  Record<State | 'none', Readonly<Partial<Record<Event, State>>>>
>;

/** The state after `event`; throws {@link IllegalTransition} naming the state and the events it does allow. */
export function follow<State extends string, Event extends string>(
  subject: string,
  table: TransitionTable<State, Event>,
  state: State | 'none',
  event: Event,
): State {
  const next = table[state][event];
  if (next !== undefined) return next;
  const allowed = Object.keys(table[state]);
  throw new IllegalTransition(
    `${subject} that is ${state === 'none' ? 'not there yet' : state} cannot "${event}"; ` +
      `from there it can: ${allowed.join(', ')}`,
    { metadata: { state, event } },
  );
}

/** Every state in which `event` may happen, in the table's order. */
export function sourcesOf<State extends string, Event extends string>(
  table: TransitionTable<State, Event>,
  event: Event,
): State[] {
  return entriesOf(table)
    .filter((entry) => entry.event === event && entry.from !== 'none')
    .map((entry) => entry.from as State);
}

/** The table as a flat list of its arrows, in its own order. */
export function entriesOf<State extends string, Event extends string>(
  table: TransitionTable<State, Event>,
): { from: State | 'none'; event: Event; to: State }[] {
  return (Object.keys(table) as (State | 'none')[]).flatMap((from) =>
    (Object.entries(table[from]) as [Event, State][]).map(([event, to]) => ({ from, event, to })),
  );
}
