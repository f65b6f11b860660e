import type { OutRecord } from './kafka.ts';

/** The largest value of an event or frame of ours. */
export const MAXIMUM_VALUE_BYTES = 262_144;

/** Brokers refuse a batch of more than 1 MiB for one partition by default; headers and framing fit in the rest. */
const REQUEST_BYTES = 524_288;

/** Cuts records into requests of at most 512 KiB, in order; a larger record travels alone. */
export function splitBySize(records: readonly OutRecord[], requestBytes = REQUEST_BYTES): OutRecord[][] {
  const requests: OutRecord[][] = [];
  let room = 0;
  for (const record of records) {
    const bytes = sizeOf(record);
    const last = requests.at(-1);
    if (last && bytes <= room) {
      last.push(record);
      room -= bytes;
    } else {
      requests.push([record]);
      room = requestBytes - bytes;
    }
  }
  return requests;
}

/** Bytes of a record's key, value and headers. */
export function sizeOf({ key, value, headers }: OutRecord): number {
  let bytes = Buffer.byteLength(key ?? '') + Buffer.byteLength(value ?? '');
  for (const [name, text] of Object.entries(headers)) bytes += Buffer.byteLength(name) + Buffer.byteLength(text);
  return bytes;
}
