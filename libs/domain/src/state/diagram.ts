import { TASK_TERMINAL, TASK_TRANSITIONS } from './task-state.js';
import { entriesOf, type TransitionTable } from './transition-table.js';
import { WORKFLOW_TERMINAL, WORKFLOW_TRANSITIONS } from './workflow-state.js';

/** The life of a task instance as a Mermaid `stateDiagram-v2`. */
export function taskStateDiagram(): string {
  return diagram(TASK_TRANSITIONS, TASK_TERMINAL);
}

/** The life of a workflow instance as a Mermaid `stateDiagram-v2`. */
export function workflowStateDiagram(): string {
  return diagram(WORKFLOW_TRANSITIONS, WORKFLOW_TERMINAL);
}

function diagram<State extends string, Event extends string>(
  table: TransitionTable<State, Event>,
  terminal: readonly State[],
): string {
  const labels = new Map<string, Event[]>();
  for (const { from, event, to } of entriesOf(table)) {
    const arrow = `${from === 'none' ? '[*]' : from} --> ${to}`;
    labels.set(arrow, [...(labels.get(arrow) ?? []), event]);
  }
  const arrows = [...labels].map(([arrow, events]) => `  ${arrow}: ${events.join(', ')}`);
  const ends = terminal.map((state) => `  ${state} --> [*]`);
  return ['stateDiagram-v2', ...arrows, ...ends].join('\n') + '\n';
}
