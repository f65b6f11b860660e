/** Types are stripped exactly as Node strips them in production: no second compiler, no other semantics. */
export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/.stack/'],
  modulePathIgnorePatterns: ['/.stack/', '/bench/peers/'],
  transform: { '^.+\\.ts$': '<rootDir>/scripts/strip-types.mjs' },
  testTimeout: 120_000,
};
