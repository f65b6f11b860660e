import { isObject, parseObject, string } from './frames.ts';

/** What the server told this page, and the addresses that follow from where the page itself came from. */

export interface Config {
  /** The root of the HTTP routes, behind whatever prefix the page was opened under. */
  apiRoot: URL;
  socketUrl: string;
  currency: string;
  allowAnonymous: boolean;
}

export function readConfig(): Config {
  const meta = document.querySelector<HTMLMetaElement>('meta[name="rostra"]');
  const json = parseObject(meta?.content ?? '');
  if (!isObject(json)) throw new Error('the page came without its settings');
  const own = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.hostname}:${Number(json.wsPort)}`;
  return {
    apiRoot: new URL('../', import.meta.url),
    socketUrl: `${(string(json.wsUrl) || own).replace(/\/(?:ws)?$/, '')}/ws`,
    currency: string(json.currency),
    allowAnonymous: json.allowAnonymous === true,
  };
}

/** The room of this page, from its own address. */
export function ownerIdOfPage(): string {
  return location.pathname.split('/').at(-1) ?? '';
}
