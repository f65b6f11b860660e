/** The arrows of the house: hosts → services → shared; a context never knows another. */
const production = { pathNot: ['\\.test\\.ts$', '/testing/'] };
const contexts = 'rooms|ledger|auth|profiles|friends|chats|presence|servers|notifications|media';

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'contexts-do-not-know-each-other',
      severity: 'error',
      from: { ...production, path: `^services/(${contexts})/` },
      to: { path: `^services/(${contexts})/`, pathNot: '^services/$1/' },
    },
    {
      name: 'services-import-shared-only',
      severity: 'error',
      from: { ...production, path: `^services/(${contexts})/` },
      to: { path: '^(ingress|workers|ws-gateway|scripts|web|bench|chaos|e2e)/' },
    },
    {
      name: 'gateway-imports-shared-only',
      severity: 'error',
      from: { ...production, path: '^ws-gateway/' },
      to: { path: '^(ingress|workers|services|scripts|web|bench|chaos|e2e)/' },
    },
    {
      name: 'shared-knows-nobody',
      severity: 'error',
      from: { ...production, path: '^shared/' },
      to: { path: '^(ingress|workers|services|ws-gateway|scripts|web|bench|chaos|e2e)/' },
    },
    {
      name: 'hosts-do-not-know-each-other',
      severity: 'error',
      from: { ...production, path: '^(ingress|workers|ws-gateway|services)/[^/]+\\.ts$' },
      to: { path: '^(ingress|workers|ws-gateway)/', pathNot: '^$1/' },
    },
    {
      name: 'only-its-context-imports-tables',
      severity: 'error',
      from: { pathNot: [`^services/(${contexts})/`] },
      to: { path: `^services/(${contexts})/tables` },
    },
    {
      name: 'kafkajs-stays-behind-its-port',
      severity: 'error',
      from: {
        ...production,
        pathNot: ['^shared/kafka-', '^scripts/', '^bench/', '^chaos/', '\\.test\\.ts$', '/testing/'],
      },
      to: { path: 'node_modules/kafkajs' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(\\.stack|bench/peers)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.mjs', '.json'] },
  },
};
