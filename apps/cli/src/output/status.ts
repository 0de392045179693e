import { styled } from './text.js';

const LOOKS: Readonly<Record<string, { icon: string; style: 'green' | 'red' | 'yellow' | 'cyan' | 'gray' }>> = {
  success: { icon: '✔', style: 'green' },
  failed: { icon: '✖', style: 'red' },
  timeout: { icon: '✖', style: 'red' },
  lost: { icon: '✖', style: 'red' },
  cancelled: { icon: '⊘', style: 'yellow' },
  dequeued: { icon: '⊘', style: 'yellow' },
  retry: { icon: '↻', style: 'yellow' },
  running: { icon: '▶', style: 'cyan' },
  pushed: { icon: '▶', style: 'cyan' },
  skipped: { icon: '↷', style: 'gray' },
};

/** Sign and word of a status: never colour alone. */
export function statusText(status: string, stream: NodeJS.WriteStream = process.stdout): string {
  const { icon, style } = LOOKS[status] ?? { icon: '·', style: 'gray' };
  return styled(style, `${icon} ${status}`, stream);
}

export const ENDED: ReadonlySet<string> = new Set(['success', 'failed', 'cancelled', 'dequeued', 'skipped']);
