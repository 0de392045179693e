/** A bidirectional stream as the client holds it. Iterating throws the error of the stream, rebuilt as its class. */
export interface DuplexStream<Request, Response> extends AsyncIterable<Response> {
  /** False when the server is behind: hold back until `drained`. After the end of the stream nothing is sent. */
  write(message: Request): boolean;
  /** Resolves when the server has caught up, or the stream is over. */
  drained(): Promise<void>;
  /** No more requests; the server's answers still come. */
  end(): void;
  /** Breaks the stream off. */
  cancel(): void;
}
