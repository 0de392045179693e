import { BinaryReader } from '@bufbuild/protobuf/wire';
import { Server, ServerCredentials, type UntypedServiceImplementation } from '@grpc/grpc-js';

export interface ReceivedSpan {
  /** As `service.name` of its resource says. */
  readonly service: string;
  readonly name: string;
  /** Hexadecimal, as in a traceparent. */
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for a root. */
  readonly parentId: string;
  readonly startMs: number;
  readonly endMs: number;
  /** Those that are text. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** A receiver of OpenTelemetry traces over gRPC. */
export interface OtlpReceiver {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly endpoint: string;
  readonly spans: readonly ReceivedSpan[];
  stop(): void;
}

const EXPORT = {
  export: {
    path: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
    requestStream: false,
    responseStream: false,
    requestSerialize: (bytes: Buffer) => bytes,
    requestDeserialize: (bytes: Buffer) => bytes,
    responseSerialize: (bytes: Buffer) => bytes,
    responseDeserialize: (bytes: Buffer) => bytes,
  },
} as const;

export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const server = new Server();
  const handlers: UntypedServiceImplementation = {
    export(call: { request: Buffer }, respond: (error: Error | null, answer?: Buffer) => void) {
      try {
        spans.push(...readSpans(call.request));
        respond(null, Buffer.alloc(0));
      } catch (error) {
        respond(error instanceof Error ? error : new Error(String(error)));
      }
    },
  };
  server.addService(EXPORT, handlers);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { endpoint: `http://127.0.0.1:${port}`, spans, stop: () => server.forceShutdown() };
}

/** Field numbers are those of opentelemetry/proto/trace/v1/trace.proto. */
function readSpans(request: Uint8Array): ReceivedSpan[] {
  return fieldsOf(request, 1).flatMap((resourceSpans) => {
    const service = serviceOf(fieldsOf(resourceSpans, 1)[0] ?? new Uint8Array());
    const spans = fieldsOf(resourceSpans, 2).flatMap((scopeSpans) => fieldsOf(scopeSpans, 2));
    return spans.map((span) => ({
      service,
      name: textOf(fieldsOf(span, 5)[0]),
      traceId: hexOf(fieldsOf(span, 1)[0]),
      spanId: hexOf(fieldsOf(span, 2)[0]),
      parentId: hexOf(fieldsOf(span, 4)[0]),
      startMs: momentOf(span, 7),
      endMs: momentOf(span, 8),
      attributes: attributesOf(fieldsOf(span, 9)),
    }));
  });
}

function serviceOf(resource: Uint8Array): string {
  return attributesOf(fieldsOf(resource, 1))['service.name'] ?? '';
}

function attributesOf(pairs: readonly Uint8Array[]): Record<string, string> {
  return Object.fromEntries(
    pairs.flatMap((pair) => {
      const text = fieldsOf(fieldsOf(pair, 2)[0] ?? new Uint8Array(), 1)[0];
      return text === undefined ? [] : [[textOf(fieldsOf(pair, 1)[0]), textOf(text)]];
    }),
  );
}

/** A moment that is given in nanoseconds, in milliseconds. */
function momentOf(message: Uint8Array, wanted: number): number {
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === wanted) return Number(BigInt(reader.fixed64()) / 1_000_000n);
    reader.skip(wireType, field);
  }
  return 0;
}

/** The length-delimited values of one field of a message. */
function fieldsOf(message: Uint8Array, wanted: number): Uint8Array[] {
  const reader = new BinaryReader(message);
  const found: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === wanted) found.push(reader.bytes());
    else reader.skip(wireType, field);
  }
  return found;
}

function textOf(bytes: Uint8Array = new Uint8Array()): string {
  return Buffer.from(bytes).toString('utf8');
}

function hexOf(bytes: Uint8Array = new Uint8Array()): string {
  return Buffer.from(bytes).toString('hex');
}
