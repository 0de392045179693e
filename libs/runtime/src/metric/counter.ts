export interface CounterOptions {
  /** `taskflow_…_total`. */
  readonly name: string;
  /** A sentence, without the point. */
  readonly help: string;
  /** The one label that it has. */
  readonly label: string;
  /** Every value of the label: each is told from the start, as 0, so that rates and alerts need no first event. */
  readonly values: readonly string[];
}

export interface Counter<Value extends string = string> {
  add(value: Value, count?: number): void;
  /** How much it has come to in this process. */
  value(value: Value): number;
}

const families = new Map<string, () => string[]>();

/** A counter of this process; one name is one counter, whoever asks for it. */
export function counter<const Options extends CounterOptions>(options: Options): Counter<Options['values'][number]> {
  const { name, help, label, values } = options;
  if (families.has(name)) throw new Error(`there are two metrics of the name ${name}`);
  const counts = new Map<string, number>(values.map((value) => [value, 0]));
  families.set(name, () => [
    `# HELP ${name} ${help}.`,
    `# TYPE ${name} counter`,
    ...[...counts].map(([value, count]) => `${name}{${label}="${value}"} ${count}`),
  ]);
  return {
    add: (value, count = 1) => void counts.set(value, (counts.get(value) ?? 0) + count),
    value: (value) => counts.get(value) ?? 0,
  };
}

export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** All metrics of this process in the text format of Prometheus. */
export function metricsText(): string {
  return [...families.values()].flatMap((lines) => lines()).join('\n') + '\n';
}
