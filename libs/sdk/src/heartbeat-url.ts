/** The bundled heartbeat thread. One level below the package, so that the address holds from src and from dist alike. */
export const HEARTBEAT_THREAD = new URL('../dist/heartbeat-thread.js', import.meta.url);
