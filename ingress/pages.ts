import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { gzipSync } from 'node:zlib';
import { Router, type NextFunction, type Request, type Response } from 'express';
import { isUuid } from '../shared/ids.ts';

/** The pages that a person opens. All they need is read, stripped of its types and hashed once, at start-up. */

export interface PagesOptions {
  /** The gateway's public address (`wss://chat.example`), where it isn't the pages' own host with `wsPort`. */
  wsUrl?: string;
  wsPort: number;
  currency: string;
  allowAnonymous: boolean;
}

interface Asset {
  type: string;
  body: Buffer;
  gzip: Buffer;
  etag: string;
}

interface Page {
  title: string;
  module: string;
  styles: string[];
  /** From the page's address to the root; relative, so that the pages also work behind a prefix such as `/api`. */
  root: string;
}

const WEB = new URL('../web/', import.meta.url);
const PACKAGES = new URL('../node_modules/', import.meta.url);

/** What the pages import by name → the file of the package, served under `/web/`. */
const LIBRARIES: Record<string, { name: string; file: string }> = {
  preact: { name: 'preact.js', file: 'preact/dist/preact.module.js' },
  'preact/hooks': { name: 'preact-hooks.js', file: 'preact/hooks/dist/hooks.module.js' },
  htm: { name: 'htm.js', file: 'htm/dist/htm.module.js' },
  'htm/preact': { name: 'htm-preact.js', file: 'htm/preact/index.module.js' },
};

const TYPES: Record<string, string> = {
  ts: 'text/javascript; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};

const PAGES = {
  front: { title: 'Rostra', module: 'front.ts', styles: ['base', 'forms', 'front'], root: './' },
  'sign-in': {
    title: 'Sign in · Rostra',
    module: 'sign-in.ts',
    styles: ['base', 'forms', 'front', 'account'],
    root: './',
  },
  people: {
    title: 'People · Rostra',
    module: 'people.ts',
    styles: ['base', 'forms', 'faces', 'site', 'people'],
    root: './',
  },
  settings: {
    title: 'Settings · Rostra',
    module: 'settings.ts',
    styles: ['base', 'forms', 'site', 'account'],
    root: './',
  },
  room: {
    title: 'Room · Rostra',
    module: 'room.ts',
    styles: ['base', 'room', 'status', 'forms', 'standing', 'faces', 'chat', 'notices', 'composer'],
    root: '../',
  },
  overlay: {
    title: 'Overlay · Rostra',
    module: 'overlay.ts',
    styles: ['base', 'standing', 'overlay'],
    root: '../',
  },
  missing: { title: 'No such room · Rostra', module: 'missing.ts', styles: ['base', 'forms', 'front'], root: '../' },
  ops: { title: 'Operations · Rostra', module: 'ops.ts', styles: ['base', 'forms', 'status', 'ops'], root: './' },
} satisfies Record<string, Page>;

export function createPages(options: PagesOptions): Router {
  const assets = readAssets();
  const router = Router({ strict: true });

  const serve = (page: Page) => {
    const map = importMap(page.root);
    const html = Buffer.from(render(page, map, options, assets));
    const asset = { type: 'text/html; charset=utf-8', ...encode(html) };
    return (req: Request, res: Response) => {
      res.setHeader('Content-Security-Policy', contentSecurityPolicy(map, req.hostname, options));
      send(req, res, asset);
    };
  };
  const missing = serve(PAGES.missing);
  const ofRoom = (page: ReturnType<typeof serve>) => (req: Request, res: Response, next: NextFunction) => {
    if (isUuid(String(req.params.owner_id))) return page(req, res);
    // A person is told in words; what asks for anything, or for JSON, gets the error that all routes have.
    if (req.accepts(['json', 'html']) !== 'html') return next();
    missing(req, res.status(404));
  };

  router.get('/', serve(PAGES.front));
  // For everybody, as their modules are: what these show they must ask for with a token.
  for (const name of ['sign-in', 'people', 'settings', 'ops'] as const) router.get(`/${name}`, serve(PAGES[name]));
  router.get('/room/:owner_id', ofRoom(serve(PAGES.room)));
  router.get('/overlay/:owner_id', ofRoom(serve(PAGES.overlay)));
  router.get('/web/:name', (req, res, next) => {
    const asset = assets.get(req.params.name);
    if (asset) send(req, res, asset);
    else next();
  });
  return router;
}

/** A fixed map from name to content: what a request names is looked up, never opened. */
function readAssets(): ReadonlyMap<string, Asset> {
  const assets = new Map<string, Asset>();
  for (const name of readdirSync(WEB)) {
    const type = TYPES[name.split('.').at(-1) ?? ''];
    if (type && !name.endsWith('.test.ts')) assets.set(name, { type, ...encode(readSource(name)) });
  }
  for (const { name, file } of Object.values(LIBRARIES)) {
    assets.set(name, {
      type: 'text/javascript; charset=utf-8',
      ...encode(readFileSync(new URL(file, PACKAGES))),
    });
  }
  return assets;
}

function readSource(name: string): Buffer {
  const source = readFileSync(new URL(name, WEB));
  return name.endsWith('.ts') ? Buffer.from(stripTypeScriptTypes(source.toString(), { mode: 'strip' })) : source;
}

function encode(body: Buffer): Omit<Asset, 'type'> {
  return {
    body,
    gzip: gzipSync(body),
    etag: createHash('sha256').update(body).digest('base64url').slice(0, 27),
  };
}

/** `no-cache` means "ask each time": modules that import each other must never be of two releases. */
function send(req: Request, res: Response, asset: Asset): void {
  const isGzip = req.acceptsEncodings(['gzip', 'identity']) === 'gzip';
  res.setHeader('Content-Type', asset.type);
  res.setHeader('Cache-Control', 'no-cache');
  res.setHeader('ETag', isGzip ? `"${asset.etag}-gzip"` : `"${asset.etag}"`);
  res.setHeader('Vary', 'Accept-Encoding');
  res.setHeader('X-Content-Type-Options', 'nosniff');
  res.setHeader('Referrer-Policy', 'no-referrer');
  if (req.fresh) {
    res.status(304).end();
    return;
  }
  if (isGzip) res.setHeader('Content-Encoding', 'gzip');
  res.end(isGzip ? asset.gzip : asset.body);
}

function importMap(root: string): string {
  const imports = Object.entries(LIBRARIES).map(([name, library]) => [name, `${root}web/${library.name}`]);
  return JSON.stringify({ imports: Object.fromEntries(imports) });
}

function contentSecurityPolicy(map: string, hostname: string | undefined, options: PagesOptions): string {
  const hash = createHash('sha256').update(map).digest('base64');
  return [
    "default-src 'self'",
    `script-src 'self' 'sha256-${hash}'`,
    ["connect-src 'self'", ...socketOrigins(hostname, options)].join(' '),
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    // No script may make markup out of text, ours included: the browser refuses innerHTML altogether.
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
}

/** Both schemes of the own host, since only the browser knows whether TLS ends in front of us. */
function socketOrigins(hostname: string | undefined, { wsUrl, wsPort }: PagesOptions): string[] {
  if (wsUrl) return [new URL(wsUrl).origin];
  // The name comes from the request: only what can be nothing but a host may stand in a header.
  if (!hostname || !/^(?:[a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\])$/i.test(hostname)) return [];
  return [`ws://${hostname}:${wsPort}`, `wss://${hostname}:${wsPort}`];
}

function render(page: Page, map: string, options: PagesOptions, assets: ReadonlyMap<string, Asset>): string {
  const web = `${page.root}web/`;
  const config = JSON.stringify(options);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, interactive-widget=resizes-content">
<meta name="color-scheme" content="light dark">
<meta name="rostra" content="${escapeAttribute(config)}">
<title>${page.title}</title>
<link rel="icon" href="${web}icon.svg" type="image/svg+xml">
${page.styles.map((name) => `<link rel="stylesheet" href="${web}${name}.css">`).join('\n')}
<script type="importmap">${map}</script>
${reachable(page.module, assets)
  .map((name) => `<link rel="modulepreload" href="${web}${name}">`)
  .join('\n')}
<script type="module" src="${web}${page.module}"></script>
</head>
<body>
<div id="page"><noscript>This page needs JavaScript: what it shows changes all the time.</noscript></div>
</body>
</html>
`;
}

/** The modules that a page needs, so that the browser asks for all of them at once and not level by level. */
function reachable(module: string, assets: ReadonlyMap<string, Asset>): string[] {
  const found = new Set([module]);
  for (const name of found) {
    const source = assets.get(name)?.body.toString() ?? '';
    for (const [, path] of source.matchAll(/from\s*["']([^"']+)["']/g)) {
      const target = path?.startsWith('./') ? path.slice(2) : LIBRARIES[path ?? '']?.name;
      if (target && assets.has(target)) found.add(target);
    }
  }
  return [...found];
}

function escapeAttribute(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
