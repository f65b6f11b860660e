/** Id → its place in an order, of a repeated id the first. */
export function placesOf(order: readonly string[]): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  for (const [place, id] of order.entries()) if (!places.has(id)) places.set(id, place);
  return places;
}

/** Ids of an order that stand behind one that they must come before; ids without a place are passed over. */
export function outOfOrder(order: readonly string[], places: ReadonlyMap<string, number>): string[] {
  let furthest = -1;
  return order.flatMap((id) => {
    const place = places.get(id) ?? furthest;
    if (place < furthest) return [id];
    furthest = place;
    return [];
  });
}

/**
 * Ids that somebody who reads the log forwards, with gaps, cannot have been shown at their place. The log may hold an id
 * more than once, and who missed the first is shown a later one.
 */
export function unreadable(order: readonly string[], log: readonly string[]): string[] {
  const places = new Map<string, number[]>();
  for (const [place, id] of log.entries()) {
    const known = places.get(id);
    if (known) known.push(place);
    else places.set(id, [place]);
  }
  let at = -1;
  return order.flatMap((id) => {
    const possible = places.get(id);
    const next = possible?.find((place) => place > at);
    if (next !== undefined) at = next;
    return possible && next === undefined ? [id] : [];
  });
}
