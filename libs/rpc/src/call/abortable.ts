/** The same messages; waiting for one fails with the signal's reason as soon as it is aborted. */
export function abortable<Message>(messages: AsyncIterable<Message>, signal: AbortSignal): AsyncIterable<Message> {
  return {
    [Symbol.asyncIterator]() {
      const source = messages[Symbol.asyncIterator]();
      let interrupt: ((reason: unknown) => void) | undefined;
      signal.addEventListener('abort', () => interrupt?.(signal.reason), { once: true });
      return {
        next: () =>
          new Promise((resolve, reject) => {
            if (signal.aborted) return reject(signal.reason as Error);
            interrupt = reject;
            source.next().then(
              (result) => (signal.aborted ? reject(signal.reason as Error) : resolve(result)),
              (error: unknown) => reject((signal.aborted ? signal.reason : error) as Error),
            );
          }),
        return: async (value) => (await source.return?.(value as undefined)) ?? { done: true, value: undefined },
      };
    },
  };
}
