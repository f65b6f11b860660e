/** A name's colour: one of eight, always the same for the same person. */
export function hueOf(uuid: string): string {
  let sum = 0;
  for (const character of uuid) sum = (sum * 31 + character.charCodeAt(0)) % 9973;
  return `hue-${sum % 8}`;
}
