import { types } from 'node:util';

// Tests run in a context with an Error class of its own, and Node's own errors (ENOENT, ESRCH…) are of the outer one.
// A program knows no such difference, so `instanceof Error` is true of both here as well.
const inherited = Function.prototype[Symbol.hasInstance];
Object.defineProperty(Error, Symbol.hasInstance, {
  value(this: unknown, value: unknown): boolean {
    return inherited.call(this as never, value) || (this === Error && types.isNativeError(value));
  },
});
