import { Duplex, Transform } from 'node:stream';
import type { Server, ServerDuplexStream, ServiceDefinition } from '@grpc/grpc-js';
import { DESCRIPTOR_IMAGE } from '@taskflow/proto';

const PATHS = ['v1', 'v1alpha'].map((version) => `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`);

/** Takes a stream of bytes: what grpc-js gives a handler is one, though its type does not say so. */
type Answer = (call: Duplex) => void;

/**
 * Lets tools such as grpcurl list and call everything without the .proto files.
 *
 * What answers is loaded by the first question: it costs 60 MB of memory, and most servers are never asked.
 */
export function addReflection(server: Server): void {
  let loading: Promise<Map<string, Answer>> | undefined;
  for (const path of PATHS) {
    const definition: ServiceDefinition = {
      ServerReflectionInfo: {
        path,
        requestStream: true,
        responseStream: true,
        requestSerialize: asIs,
        requestDeserialize: asIs,
        responseSerialize: asIs,
        responseDeserialize: asIs,
      },
    };
    server.addService(definition, {
      ServerReflectionInfo: (call: ServerDuplexStream<Buffer, Buffer>) => {
        loading ??= loadAnswers();
        loading.then(
          (answers) => answers.get(path)?.(call as unknown as Duplex),
          (error: Error) => call.destroy(error),
        );
      },
    });
  }
}

function asIs(bytes: Buffer): Buffer {
  return bytes;
}

async function loadAnswers(): Promise<Map<string, Answer>> {
  const [{ loadFileDescriptorSetFromBuffer }, { ReflectionService }] = await Promise.all([
    import('@grpc/proto-loader'),
    import('@grpc/reflection'),
  ]);
  const reflected = loadFileDescriptorSetFromBuffer(Buffer.from(DESCRIPTOR_IMAGE), { keepCase: true });
  const answers = new Map<string, Answer>();
  const recorder: Pick<Server, 'addService'> = {
    addService(service, handlers) {
      for (const [name, method] of Object.entries(service)) {
        const handle = handlers[name] as unknown as Answer;
        answers.set(method.path, (call) => {
          const questions = new Transform({
            readableObjectMode: true,
            transform: (bytes: Buffer, _encoding, done) => done(null, method.requestDeserialize(bytes)),
          });
          const replies = new Transform({
            writableObjectMode: true,
            readableObjectMode: true,
            transform: (reply: unknown, _encoding, done) => done(null, method.responseSerialize(reply)),
          });
          call.pipe(questions);
          replies.pipe(call);
          handle(Duplex.from({ readable: questions, writable: replies }));
        });
      }
    },
  };
  new ReflectionService(reflected).addToServer(recorder as Server);
  return answers;
}
