const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** In lower case, as the server writes and takes them. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}
