/** A record longer than this is not Mesos speaking. */
const LONGEST_RECORD = 64 * 1024 * 1024;
const LONGEST_HEAD = 20;

/** The records of a RecordIO stream: a length in bytes, a line end, as many bytes. Records come cut and joined at will. */
export async function* readRecords(chunks: AsyncIterable<Uint8Array>): AsyncIterable<string> {
  let buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    buffer = Buffer.concat([buffer, chunk]);
    for (;;) {
      const end = buffer.indexOf('\n');
      if (end === -1 && buffer.length <= LONGEST_HEAD) break;
      const head = buffer.toString('utf8', 0, end === -1 ? buffer.length : end);
      if (head === '') {
        buffer = buffer.subarray(1);
        continue;
      }
      const length = /^\d{1,19}$/.test(head) ? Number(head) : -1;
      if (length < 0 || length > LONGEST_RECORD) {
        throw new Error(`not a record: got the length ${JSON.stringify(head.slice(0, 40))}`);
      }
      if (buffer.length < end + 1 + length) break;
      yield buffer.toString('utf8', end + 1, end + 1 + length);
      buffer = buffer.subarray(end + 1 + length);
    }
  }
}
