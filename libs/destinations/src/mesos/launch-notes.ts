import { isJsonObject, type JsonObject, type JsonValue } from '@taskflow/domain';
import type { DestinationSeat } from '../destination.js';

/**
 * What the next holder needs to know: the framework, and on which agent each launch went that may not be recorded yet. The
 * master answers for a task of an agent that it cannot reach only to who names the agent.
 */
export interface LaunchNotes {
  readonly frameworkId: string | undefined;
  /** @throws when another pusher has taken the destination */
  keepFramework(id: string): Promise<void>;
  /** The next subscription is that of a new framework. */
  forgetFramework(): void;
  agentOf(name: string): string | undefined;
  /** Before the launch. @throws when another pusher has taken the destination: nothing may be launched then */
  add(launches: ReadonlyMap<string, string>): Promise<void>;
  /** What was answered is recorded before the next submit: nobody needs to be told of it from then on. */
  answered(name: string): void;
  submitBegins(): void;
}

export async function openLaunchNotes(seat: DestinationSeat): Promise<LaunchNotes> {
  const kept = readKept(await seat.load());
  let { frameworkId } = kept;
  const agents = new Map(kept.launching);
  const answered = new Set<string>();

  const save = (): Promise<void> =>
    seat.save({
      ...(frameworkId === undefined ? {} : { framework_id: frameworkId }),
      launching: Object.fromEntries(agents),
    });

  return {
    get frameworkId() {
      return frameworkId;
    },
    async keepFramework(id) {
      if (id === frameworkId) return;
      frameworkId = id;
      await save();
    },
    forgetFramework() {
      frameworkId = undefined;
    },
    agentOf: (name) => agents.get(name),
    async add(launches) {
      for (const [name, agent] of launches) agents.set(name, agent);
      await save();
    },
    answered: (name) => void answered.add(name),
    submitBegins() {
      for (const name of answered) agents.delete(name);
      answered.clear();
    },
  };
}

function readKept(kept: JsonValue): { frameworkId: string | undefined; launching: [string, string][] } {
  const { framework_id: id, launching }: JsonObject = isJsonObject(kept) ? kept : {};
  const entries = isJsonObject(launching) ? Object.entries(launching) : [];
  return {
    frameworkId: typeof id === 'string' ? id : undefined,
    launching: entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  };
}
