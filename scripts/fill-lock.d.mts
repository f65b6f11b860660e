export interface LockEntry {
  dev?: boolean;
  optionalDependencies?: Record<string, string>;
}

export function missingStubs(lock: { packages: Record<string, LockEntry> }): Record<string, object>;
