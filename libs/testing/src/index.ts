export { createEmptyDatabase, createTestDatabase, type TestDatabase } from './postgres/create-test-database.js';
export { explain, type Plan } from './postgres/explain.js';
