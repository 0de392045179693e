import { taskStateDiagram, workflowStateDiagram } from '@taskflow/domain';

/** The transition tables as pictures. */
export function stateDiagrams(): Record<string, string> {
  return {
    'states of a task instance': mermaid(taskStateDiagram()),
    'states of a workflow instance': mermaid(workflowStateDiagram()),
  };
}

function mermaid(diagram: string): string {
  return `\`\`\`mermaid\n${diagram.trimEnd()}\n\`\`\``;
}
