import { answersHttp } from './environment.ts';

const askTimeoutMs = 3_000;

/** Where a process answers /healthz, /readyz and /metrics. */
export function operationsAddress(process: { name: string; port: number; metricsPort: number }): string {
  return `http://127.0.0.1:${answersHttp(process.name) ? process.port : process.metricsPort}`;
}

/** Asks the process at this address whether it is ready, for 3 s at most: "ready", or why it is not. */
export async function askReadiness(address: string): Promise<string> {
  try {
    const response = await fetch(`${address}/readyz`, { signal: AbortSignal.timeout(askTimeoutMs) });
    const text = await response.text();
    return response.ok ? 'ready' : faultsIn(text);
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    return `${address} does not answer: ${cause instanceof Error ? cause.message : String(cause)}`;
  }
}

/** The checks that are not "ok", as `kafka: no answer in 2 s`; what is no such report is shown as it is. */
function faultsIn(text: string): string {
  try {
    const { checks } = JSON.parse(text) as { checks: Record<string, string> };
    const faults = Object.entries(checks).filter(([, state]) => state !== 'ok');
    return faults.map(([name, state]) => `${name}: ${state}`).join('; ') || text;
  } catch {
    return text;
  }
}
