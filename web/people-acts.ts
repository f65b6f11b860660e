import type { Act, Relation } from './people-state.ts';

/** What can be done about a person, given what there is between them and oneself. */
export interface Offered {
  /** Shown at once. */
  main: readonly Act[];
  /** Shown on demand. */
  more: readonly Act[];
}

export function actsFor(relation: Relation): Offered {
  switch (relation) {
    case 'self':
      return { main: [], more: [] };
    case 'nothing':
      return { main: ['request'], more: ['block'] };
    case 'incoming':
      return { main: ['accept', 'decline'], more: ['block'] };
    case 'outgoing':
      return { main: ['take-back'], more: ['block'] };
    case 'friends':
      return { main: [], more: ['remove', 'block'] };
    case 'blocked':
      return { main: ['unblock'], more: [] };
    default:
      return relation satisfies never;
  }
}

/** Those that end something are asked for twice. */
export function needsSecondClick(act: Act): boolean {
  return act === 'remove' || act === 'block';
}
