/** Every process that a test run starts, at whatever remove, bears this variable, by which one left behind is found. */
export const runVariable = 'ROSTRA_TEST_RUN';

/** The mark to hand on to a child whose environment is made anew; nothing outside a test run. */
export function runMark(): NodeJS.ProcessEnv {
  const runId = process.env[runVariable];
  return runId === undefined ? {} : { [runVariable]: runId };
}
