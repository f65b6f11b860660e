import { money } from './format.ts';
import { readEvent, type Json, type Person } from './frames.ts';

/** One event of a room in a line, for an operator: who and how much; of private words only that there were some. */
export function recordWords(json: Json): string {
  const event = readEvent(json);
  switch (event?.kind) {
    case 'message':
      return event.isPublic ? `${event.from.name}: ${event.text}` : `${event.from.name} wrote in private`;
    case 'donate': {
      const sum = `${money(event.sum, event.currency)}${event.refunded ? ', given back' : ''}`;
      return `${event.from.name} gave ${sum}${event.comment ? `: ${event.comment}` : ''}`;
    }
    case 'donate_rejected':
      return `${event.donateId} was turned down: ${event.reason}`;
    case 'donate_refunded':
      return `${event.donateId} was given back`;
    case 'goal':
      return `${event.goal.name}: ${event.goal.sum} of ${event.goal.requireSum}`;
    case 'sponsor':
      return sponsorWords(event.sponsorship.sponsor, event.sponsorship.total);
    case 'balance':
      return money(event.balance, event.currency);
    case undefined:
      return '';
    default:
      return event satisfies never;
  }
}

function sponsorWords(sponsor: Person | null, total: string): string {
  return sponsor ? `${sponsor.name} with ${total}` : 'nobody';
}
