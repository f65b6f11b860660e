import type { RoomsQuestions } from './questions.ts';

/** What the room's endpoints need of their host. */
export interface RoomsPorts {
  readonly rooms: RoomsQuestions;
  /** A yes may be remembered for a minute, a no never. */
  roomExists(ownerId: string): Promise<boolean>;
  /** Whose socket lives under that id, as its gateway says; null: nobody's. */
  subjectOfConnection(connectionId: string): Promise<string | null>;
  /** ISO 4217 code of the product's currency. */
  readonly currency: string;
}
