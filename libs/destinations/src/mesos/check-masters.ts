import { checkItem, type CheckItem } from '../check-item.js';

export interface MastersCheck {
  readonly masters: readonly string[];
  readonly roles: readonly string[];
  readonly principal?: string | undefined;
  readonly secret?: string | undefined;
}

interface Agents {
  readonly slaves?: readonly {
    readonly active?: boolean;
    readonly resources?: { readonly cpus?: number; readonly mem?: number };
    readonly reserved_resources?: Readonly<Record<string, unknown>>;
  }[];
}

const LONGEST_MS = 10_000;

/** What a Mesos destination needs of its masters. Subscribes nothing: a framework of the destination that runs is left alone. */
export async function checkMasters({ masters, roles, principal, secret = '' }: MastersCheck): Promise<CheckItem[]> {
  const authorization: Record<string, string> =
    principal === undefined
      ? {}
      : { authorization: `Basic ${Buffer.from(`${principal}:${secret}`).toString('base64')}` };
  const ask = (address: string, init: RequestInit = {}): Promise<Response> =>
    fetch(address, {
      ...init,
      headers: { ...authorization, 'content-type': 'application/json', accept: 'application/json' },
      redirect: 'manual',
      signal: AbortSignal.timeout(LONGEST_MS),
    });

  let leader: string | undefined;
  const items: CheckItem[] = [];
  for (const master of masters) {
    items.push(
      await checkItem(`master ${master}`, 'see that it runs and can be reached from here', async () => {
        const answer = await ask(`${master}/master/redirect`);
        const location = answer.headers.get('location');
        if (answer.status !== 307 || location === null) throw new Error(`it answered ${String(answer.status)}`);
        const leads = new URL(location, master).origin;
        leader ??= leads;
        return leads === new URL(master).origin ? 'leads' : `knows that ${leads} leads`;
      }),
    );
  }
  if (leader === undefined) return items;
  const address = leader;
  const signsIn = principal === undefined ? 'no principal' : `principal ${principal}`;
  items.push(
    await checkItem(signsIn, 'give the `principal` and `secret_file` that the master knows', async () => {
      // A call of a framework that is not there: who it is comes first, and nothing follows from it.
      const body = JSON.stringify({ type: 'SUPPRESS', framework_id: { value: 'taskflow-check' } });
      const answer = await ask(`${address}/api/v1/scheduler`, { method: 'POST', body });
      const text = (await answer.text()).slice(0, 200);
      if (answer.status === 400 || answer.status === 403) return 'accepted';
      throw new Error(`the leading master answered ${String(answer.status)}: ${text}`);
    }),
    await checkItem('agents', 'start agents, or let the principal see them', async () => {
      const answer = await ask(`${address}/master/slaves`);
      if (!answer.ok) throw new Error(`the leading master answered ${String(answer.status)}`);
      const { slaves = [] } = (await answer.json()) as Agents;
      const active = slaves.filter((agent) => agent.active !== false);
      if (active.length === 0) throw new Error('no agent is active');
      const sum = (kind: 'cpus' | 'mem'): number =>
        active.reduce((all, { resources }) => all + (resources?.[kind] ?? 0), 0);
      return `${String(active.length)} active, ${String(sum('cpus'))} cpus, ${String(Math.round(sum('mem')))} MiB`;
    }),
    await checkItem(`roles ${roles.join(', ')}`, 'add the roles to the master, or name others', async () => {
      const answer = await ask(`${address}/master/roles`);
      if (!answer.ok) throw new Error(`the leading master answered ${String(answer.status)}`);
      const { roles: known = [] } = (await answer.json()) as { roles?: readonly { name: string }[] };
      const names = known.map(({ name }) => name);
      const fresh = roles.filter((role) => !names.includes(role));
      return fresh.length === 0 ? 'known' : `not in use yet: ${fresh.join(', ')}; a master without a list takes any`;
    }),
  );
  return items;
}
