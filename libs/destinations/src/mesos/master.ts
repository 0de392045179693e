/** Where the masters are, and as whom they are spoken to. */
export interface MasterAccess {
  /** Addresses, of which one leads: `http://10.0.0.1:5050`. */
  readonly masters: readonly string[];
  readonly principal?: string | undefined;
  readonly secret?: string | undefined;
}

/** The masters of a cluster; requests go to the one that leads. */
export interface Master {
  /** Sends a scheduler call. @throws MasterError for an answer that is neither 200 nor 202 */
  post(body: unknown, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Response>;
  get(path: string, signal: AbortSignal): Promise<unknown>;
  /** The frameworks that are not removed, and whether a scheduler is subscribed as each. */
  frameworks(signal: AbortSignal): Promise<{ readonly id: string; readonly connected: boolean }[]>;
}

interface FrameworkAnswer {
  readonly get_frameworks?: {
    readonly frameworks?: readonly {
      readonly framework_info: { readonly id?: { readonly value: string } };
      readonly connected?: boolean;
    }[];
  };
}

/** An answer of a master that is not a success. */
export class MasterError extends Error {
  override readonly name = 'MasterError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const PATH = '/master/api/v1/scheduler';
const OPERATOR_PATH = '/master/api/v1';
const MOST_REDIRECTS = 3;

export function openMaster({ masters, principal, secret = '' }: MasterAccess): Master {
  let turn = 0;
  let leader: string | undefined;
  const authorization: Record<string, string> =
    principal === undefined
      ? {}
      : { authorization: `Basic ${Buffer.from(`${principal}:${secret}`).toString('base64')}` };

  const ask = async (path: string, init: RequestInit): Promise<Response> => {
    let base = leader ?? masters[turn % masters.length] ?? '';
    for (let redirects = 0; ; redirects += 1) {
      try {
        const response = await fetch(base + path, { ...init, redirect: 'manual' });
        const location = response.headers.get('location');
        if (response.status === 307 && location !== null && redirects < MOST_REDIRECTS) {
          // Without a scheme, and with the path of the call.
          base = new URL(location, base).origin;
          continue;
        }
        if (!response.ok) {
          const text = (await response.text()).slice(0, 300);
          throw new MasterError(response.status, `${base} answered ${String(response.status)}: ${text}`);
        }
        leader = base;
        return response;
      } catch (error) {
        leader = undefined;
        turn += 1;
        throw error;
      }
    }
  };

  const post = (path: string, body: unknown, headers: Readonly<Record<string, string>>, signal: AbortSignal) =>
    ask(path, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', accept: 'application/json', ...authorization, ...headers },
      signal,
    });

  return {
    post: (body, headers, signal) => post(PATH, body, headers, signal),
    frameworks: async (signal) => {
      const response = await post(OPERATOR_PATH, { type: 'GET_FRAMEWORKS' }, {}, signal);
      const { get_frameworks: found } = (await response.json()) as FrameworkAnswer;
      return (found?.frameworks ?? []).map(({ framework_info: info, connected }) => {
        return { id: info.id?.value ?? '', connected: connected ?? false };
      });
    },
    get: async (path, signal) => (await ask(path, { headers: authorization, signal })).json(),
  };
}
