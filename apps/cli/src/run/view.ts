import type { TaskInstance, WorkflowInstance } from '@taskflow/proto/taskflow/v1/instances.js';
import { placeNodes, type PlacedNode } from '../output/graph.js';
import { statusText } from '../output/status.js';
import { why } from '../output/task-instance.js';
import { styled, took } from '../output/text.js';

export interface RunSight {
  readonly run: WorkflowInstance;
  readonly tasks: readonly TaskInstance[];
  /** The definition that the run is pinned to. */
  readonly specJson: string;
}

/** Shows a run as it goes on: a tree that is drawn again on a terminal, a line for every change elsewhere. */
export interface RunView {
  show(sight: RunSight): void;
  end(): void;
}

export async function createRunView(stream: NodeJS.WriteStream): Promise<RunView> {
  // Some pseudo terminals (of containers, of CI) have no size, and nothing can be drawn in them.
  if (!stream.isTTY || !stream.columns || !stream.rows) return lineView(stream);
  const { createLogUpdate } = await import('log-update');
  const update = createLogUpdate(stream);
  return {
    show: (sight) => update(drawTree(sight, stream).join('\n')),
    end: () => update.done(),
  };
}

/** The tree of a run with its bar. */
export function drawTree(sight: RunSight, stream: NodeJS.WriteStream): string[] {
  const { run, tasks } = sight;
  const byKey = new Map(tasks.map((instance) => [instance.nodeKey, instance]));
  const nodes = placeNodes(sight.specJson);
  const width = Math.max(0, ...nodes.map(({ key, depth }) => key.length + 2 * depth));
  const spent = took(run.startedAt, run.finishedAt);
  return [
    `${styled('bold', run.workflow, stream)} ${run.id}  ${statusText(run.status, stream)}  ${spent}`,
    ...nodes.map((node) => drawNode(node, byKey.get(node.key), width, stream)),
    drawBar(run),
  ];
}

const BAR_WIDTH = 30;

function drawBar({ nodesDone, nodesTotal }: WorkflowInstance): string {
  const filled = nodesTotal === 0 ? 0 : Math.round((nodesDone / nodesTotal) * BAR_WIDTH);
  return `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)} ${nodesDone}/${nodesTotal}`;
}

function drawNode(
  { key, depth }: PlacedNode,
  instance: TaskInstance | undefined,
  width: number,
  stream: NodeJS.WriteStream,
): string {
  const name = `${'  '.repeat(depth)}${key}`.padEnd(width);
  if (instance === undefined) return `  ${name}  ${styled('gray', '· waiting', stream)}`;
  const attempt = instance.attempt > 1 ? `  attempt ${instance.attempt}` : '';
  const spent = instance.startedAt === undefined ? '' : `  ${took(instance.startedAt, instance.finishedAt)}`;
  const reason = instance.status === 'success' ? '' : why(instance);
  return `  ${name}  ${statusText(instance.status, stream)}${attempt}${spent}${reason === '' ? '' : `  ${reason}`}`;
}

function lineView(stream: NodeJS.WriteStream): RunView {
  const told = new Map<string, string>();
  const tell = (key: string, state: string, line: () => string): void => {
    if (told.get(key) === state) return;
    told.set(key, state);
    stream.write(`${line()}\n`);
  };
  return {
    show({ run, tasks }) {
      for (const instance of tasks) {
        const { nodeKey, status, attempt } = instance;
        const reason = status === 'success' ? '' : why(instance);
        const more = reason === '' ? '' : `: ${reason}`;
        tell(`task ${nodeKey}`, `${status} ${attempt}`, () => {
          return `${run.workflow} ${run.id}: ${nodeKey} ${status} (attempt ${attempt})${more}`;
        });
      }
      tell(
        'run',
        run.status,
        () => `${run.workflow} ${run.id}: ${run.status} (${run.nodesDone}/${run.nodesTotal} tasks)`,
      );
    },
    end: () => undefined,
  };
}
