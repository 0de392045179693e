import { DESCRIPTOR_IMAGE, HTTP_ROUTES, OPENAPI_DOCUMENT, REST_MESSAGES } from './index.js';

type Operation = { operationId: string; parameters: { name: string; in: string }[]; requestBody?: object };
type Document = {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, { properties: Record<string, object> }> };
};
const document = OPENAPI_DOCUMENT as Document;

test('every REST route is in the OpenAPI document, with its path parameters', () => {
  expect(HTTP_ROUTES.length).toBeGreaterThan(20);
  for (const route of HTTP_ROUTES) {
    const operation = document.paths[route.path]?.[route.httpMethod.toLowerCase()];
    expect(operation?.operationId).toBe(route.method);
    const inPath = operation?.parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
    expect(inPath).toEqual([...route.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]));
    expect(operation?.requestBody !== undefined).toBe(route.body !== '');
  }
});

test('every reference in the OpenAPI document leads somewhere', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)];
  expect(references.length).toBeGreaterThan(20);
  expect(references.map((match) => match[1]).filter((name) => !document.components.schemas[name ?? ''])).toEqual([]);
});

test('JSON text of the protos is JSON in REST, under the name without the suffix', () => {
  const properties = document.components.schemas.SubmitTaskRequest?.properties ?? {};
  expect(Object.keys(properties)).toContain('params');
  expect(Object.keys(properties)).not.toContain('paramsJson');
  expect(properties.params).not.toHaveProperty('type');
  expect(REST_MESSAGES['taskflow.v1.SubmitTaskRequest']?.params).toMatchObject({
    jsonText: true,
    property: 'paramsJson',
  });
});

test('comments and types of the protos reach REST', () => {
  const properties = document.components.schemas.TaskInstance?.properties ?? {};
  expect(properties.runAt).toMatchObject({ type: 'string', format: 'date-time' });
  expect(properties.status).toMatchObject({ type: 'string', description: expect.stringContaining('queued') });
  expect(REST_MESSAGES['taskflow.v1.WaitTaskInstanceRequest']?.timeout?.type).toBe('google.protobuf.Duration');
});

test('the codec of a route reads what it wrote', () => {
  const route = HTTP_ROUTES.find(({ method }) => method === 'submitTask');
  const message = { task: 'report', paramsJson: '{"day":1}', runAt: '2026-01-02T03:04:05.000Z' };
  expect(route?.request.toJSON(route.request.fromJSON(message))).toMatchObject(message);
});

test('the descriptor image holds every service for reflection', () => {
  const text = Buffer.from(DESCRIPTOR_IMAGE).toString('latin1');
  for (const service of new Set(HTTP_ROUTES.map((route) => route.service.replace('taskflow.v1.', '')))) {
    expect(text).toContain(service);
  }
});
