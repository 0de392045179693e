export { createEmptyDatabase, createTestDatabase, type TestDatabase } from './postgres/create-test-database.js';
export { explain, explainForAnyValues, pagesRead, type Plan } from './postgres/explain.js';
export { endNodes, type TaskEnd } from './factory/end-task.js';
export { counted, type Counted } from './measure/counted.js';
export { fastest, timed } from './measure/fastest.js';
export { registerTask, registerWorkflow, sql } from './factory/register-definitions.js';
export { fillHistory, type HistorySize } from './history/fill-history.js';
export { atScale, FILL_MS, millionWanted } from './history/million.js';
