/** Lets calls through that nobody waits for, so many at a time. What fails in one is its own affair. */
export function createTurnstile(abreast: number): (call: () => Promise<void>) => void {
  const queue: (() => Promise<void>)[] = [];
  let inside = 0;
  const next = (): void => {
    const call = inside < abreast ? queue.shift() : undefined;
    if (call === undefined) return;
    inside += 1;
    const leave = (): void => {
      inside -= 1;
      next();
    };
    call().then(leave, leave);
  };
  return (call) => {
    queue.push(call);
    next();
  };
}
