import { taskStateDiagram, workflowStateDiagram } from './diagram.js';
import { TASK_STATES } from './task-state.js';

test('draws the life of a workflow instance', () => {
  expect(workflowStateDiagram()).toBe(
    [
      'stateDiagram-v2',
      '  [*] --> queued: submit',
      '  queued --> running: start',
      '  queued --> cancelled: cancel',
      '  queued --> dequeued: dequeue',
      '  running --> success: succeed',
      '  running --> failed: fail',
      '  running --> cancelled: cancel',
      '  success --> queued: rerun',
      '  failed --> queued: rerun',
      '  cancelled --> queued: rerun',
      '  dequeued --> queued: rerun',
      '  success --> [*]',
      '  failed --> [*]',
      '  cancelled --> [*]',
      '  dequeued --> [*]',
      '',
    ].join('\n'),
  );
});

test('draws every state of a task instance and joins events that share an arrow', () => {
  const drawing = taskStateDiagram();
  for (const state of TASK_STATES) expect(drawing).toContain(` ${state}`);
  expect(drawing).toContain('running --> retry: retry, lose');
});
