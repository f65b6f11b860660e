import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** How many TCP connections a process holds that lead to one of these ports, as Linux tells. */
export function leadsTo(pid: number, ports: readonly number[]): number {
  const sockets = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        return []; // closed in this moment
      }
    }),
  );
  const lines = ['tcp', 'tcp6'].flatMap((family) => readFileSync(`/proc/net/${family}`, 'utf8').split('\n').slice(1));
  return lines.filter((line) => {
    const [, , remote = '', , , , , , , inode = ''] = line.trim().split(/\s+/);
    return sockets.has(inode) && ports.includes(parseInt(remote.split(':')[1] ?? '', 16));
  }).length;
}
