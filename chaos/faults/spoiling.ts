import type { Stand } from '../fault.ts';
import type { Link, Proxy, Toxic } from '../proxy.ts';

/** @throws where the run's links are not led through a proxy */
export function linksOf(stand: Stand): Proxy {
  if (!stand.proxy) throw new Error('the links are not led through a proxy');
  return stand.proxy;
}

/** Toxic for as long as the work takes. */
export async function spoilt(link: Link, toxic: Toxic, work: () => Promise<void>): Promise<void> {
  const heal = await link.spoil(toxic);
  await work().finally(heal);
}
