import { ScalarType, type DescField, type DescMessage, type DescMethod } from '@bufbuild/protobuf';
import { commentOf, type Contract } from './descriptor.ts';
import { fieldNamed, isJsonText, pathFields, restName } from './http-routes.ts';

type Schema = Record<string, unknown>;

/** OpenAPI 3.1 of the RPCs that have an HTTP rule, with the comments of the .proto files as descriptions. */
export function openApiDocument(contract: Contract, version: string): Schema {
  const paths: Record<string, Schema> = {};
  const used = new Set<DescMessage>();
  for (const service of contract.services) {
    for (const method of service.methods) {
      const rule = contract.httpRule(method);
      if (!rule) continue;
      reach(method.output, used);
      if (rule.body) reach(method.input, used);
      const path = rule.path.replaceAll(/\{([a-z_.]+)=[^}]*\}/g, '{$1}');
      const inPath = pathFields(rule.path).map((name) => fieldNamed(method.input, name));
      paths[path] = {
        ...paths[path],
        [rule.httpMethod.toLowerCase()]: {
          operationId: method.localName,
          tags: [service.name.replace(/Service$/, '')],
          ...described(method),
          parameters: parameters(method, inPath, rule.body),
          ...(rule.body && { requestBody: { required: true, content: json(bodySchema(method.input, inPath)) } }),
          responses: {
            200: { description: 'OK', content: json(reference(method.output)) },
            default: { description: 'Error', content: json({ $ref: '#/components/schemas/Error' }) },
          },
        },
      };
    }
  }
  const schemas = [...used].map((message): [string, Schema] => [message.name, messageSchema(message)]);
  return {
    openapi: '3.1.0',
    info: { title: 'Taskflow', version, license: { name: 'MIT', identifier: 'MIT' } },
    paths,
    components: { schemas: { ...Object.fromEntries(schemas), Error: ERROR } },
  };
}

const ERROR: Schema = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'reason', 'message'],
      properties: {
        code: { type: 'string', description: 'gRPC status, for example INVALID_ARGUMENT.' },
        reason: { type: 'string', description: 'What kind of failure it is, in UPPER_SNAKE.' },
        message: { type: 'string', description: 'What happened, to what, and what to do next.' },
        violations: {
          type: 'array',
          description: 'Of bad input: one entry per offending field.',
          items: { type: 'object', properties: { field: { type: 'string' }, description: { type: 'string' } } },
        },
        requestId: { type: 'string' },
      },
    },
  },
};

function reach(message: DescMessage, used: Set<DescMessage>): void {
  if (used.has(message) || message.typeName.startsWith('google.')) return;
  used.add(message);
  for (const field of message.fields) if (field.message) reach(field.message, used);
}

function parameters(method: DescMethod, inPath: DescField[], body: string): Schema[] {
  const inQuery = body ? [] : method.input.fields.filter((field) => !inPath.includes(field));
  return [
    ...inPath.map((field) => ({
      name: field.name,
      in: 'path',
      required: true,
      ...described(field),
      schema: fieldSchema(field),
    })),
    ...inQuery.map((field) => ({
      name: restName(field),
      in: 'query',
      ...described(field),
      schema: fieldSchema(field),
    })),
  ];
}

function bodySchema(message: DescMessage, inPath: DescField[]): Schema {
  return inPath.length === 0 ? reference(message) : messageSchema(message, inPath);
}

function messageSchema(message: DescMessage, without: DescField[] = []): Schema {
  const fields = message.fields.filter((field) => !without.includes(field));
  const properties = fields.map((field) => [restName(field), { ...fieldSchema(field), ...described(field) }]);
  return { type: 'object', ...described(message), properties: Object.fromEntries(properties) };
}

function fieldSchema(field: DescField): Schema {
  if (isJsonText(field)) return {};
  if (field.fieldKind === 'list') return { type: 'array', items: valueSchema(field) };
  if (field.fieldKind === 'map') return { type: 'object', additionalProperties: valueSchema(field) };
  return valueSchema(field);
}

function valueSchema(field: DescField): Schema {
  if (field.message) return reference(field.message);
  switch (field.scalar) {
    case ScalarType.BOOL:
      return { type: 'boolean' };
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return { type: 'number' };
    case ScalarType.INT32:
    case ScalarType.UINT32:
      return { type: 'integer', format: 'int32' };
    case ScalarType.INT64:
    case ScalarType.UINT64:
      return { type: 'string', format: 'int64' };
    case ScalarType.BYTES:
      return { type: 'string', format: 'byte' };
    case ScalarType.STRING:
      return { type: 'string' };
    default:
      throw new Error(`${field.toString()}: no OpenAPI schema for this type; add it to tools/codegen/openapi.ts`);
  }
}

function reference(message: DescMessage): Schema {
  if (message.typeName === 'google.protobuf.Timestamp') return { type: 'string', format: 'date-time' };
  if (message.typeName === 'google.protobuf.Duration')
    return { type: 'string', pattern: '^-?\\d+(\\.\\d+)?s$', examples: ['30s'] };
  return { $ref: `#/components/schemas/${message.name}` };
}

function json(schema: Schema): Schema {
  return { 'application/json': { schema } };
}

function described(desc: DescField | DescMessage | DescMethod): Schema {
  const description = commentOf(desc);
  return description ? { description } : {};
}
