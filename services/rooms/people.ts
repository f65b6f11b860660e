import type { Person } from '../../shared/schema.ts';

/** Somebody met in an accepted event: from the first sight on they have a row, and their newest name is kept. */
export interface Sighting {
  readonly uuid: string;
  readonly type: Person['type'];
  /** "" says nothing about the name. */
  readonly name: string;
  /** When the event was made, RFC 3339. */
  readonly at: string;
}

/** What is known of a person: the name, and since when. */
export interface KnownPerson {
  readonly name: string;
  readonly since: string;
}

export function sighting(person: Person, at: string): Sighting {
  return { uuid: person.uuid, type: person.type, name: person.name, at };
}

/** The owner of a room in which an event was accepted: a token or our own word says that they exist. */
export function ownerSighting(ownerId: string, at: string): Sighting {
  return { uuid: ownerId, type: 'user', name: '', at };
}

/** True where a sighting tells nothing new: the person is known, by this name or by one that is not older. */
export function isKnown(known: KnownPerson | undefined, { name, at }: Sighting): boolean {
  if (!known) return false;
  if (name === '' || name === known.name) return true;
  return known.name !== '' && Date.parse(known.since) >= Date.parse(at);
}

/**
 * Which rows are to be written, one a person: the newest name wins, whatever the order in which its events arrive.
 * @param known by uuid, of one type of person
 */
export function decidePeople(
  known: ReadonlyMap<string, KnownPerson>,
  sightings: readonly Sighting[],
): ReadonlyMap<string, KnownPerson> {
  const written = new Map<string, KnownPerson>();
  for (const seen of sightings) {
    const standing = written.get(seen.uuid) ?? known.get(seen.uuid);
    if (!isKnown(standing, seen)) written.set(seen.uuid, { name: seen.name, since: seen.at });
  }
  return written;
}
