import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { task } from '../define/task.js';
import { FakeApi } from '../testing/fake-api.js';
import { worker } from './worker.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';

test('an attempt is a span of the instance’s trace, active in the handler and handed to commands', async () => {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const api = new FakeApi();
  await api.start();
  let active: string | undefined;
  let told = '';
  const handler = task({
    name: 'a-task',
    async run({ traceparent }) {
      await Promise.resolve();
      active = trace.getActiveSpan()?.spanContext().spanId;
      told = traceparent;
      throw new Error('no');
    },
  });
  const running = worker({ address: api.address, tasks: [handler], tracer: provider.getTracer('test') });
  await running.start();
  try {
    const traceParent = `00-${TRACE}-${PARENT}-01`;
    api.enqueue({ id: '1', traceParent, workflow: 'daily', workflowInstanceId: '9' });
    api.bash('2', 'echo "$TRACEPARENT"', {}, { traceParent });
    await api.completed('1');
    await api.completed('2');
    const spans = exporter.getFinishedSpans();
    const [first, second] = ['1', '2'].map((id) =>
      spans.find((span) => span.attributes['taskflow.task_instance.id'] === id),
    );
    expect(first).toMatchObject({
      name: 'taskflow.task.run',
      parentSpanContext: { traceId: TRACE, spanId: PARENT },
      attributes: {
        'taskflow.task': 'a-task',
        'taskflow.workflow': 'daily',
        'taskflow.outcome': 'failed',
        'taskflow.reason': 'USER_ERROR',
      },
      status: { code: 2 },
    });
    expect(first?.spanContext()).toMatchObject({ traceId: TRACE, spanId: active });
    expect(told).toBe(`00-${TRACE}-${active}-01`);
    expect(api.linesOf('2')).toEqual([`00-${TRACE}-${second?.spanContext().spanId}-01`]);
  } finally {
    await running.stop({ drainMs: 0 });
    api.kill();
    await provider.shutdown();
    context.disable();
  }
});
