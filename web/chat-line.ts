import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import { money, time } from './format.ts';
import type { Person } from './frames.ts';
import { hueOf } from './hue.ts';
import { crownIcon, giftIcon, goalIcon, lockIcon, replyIcon } from './icons.ts';
import type { Entry } from './room-entries.ts';

/** One line of the chat. Names and texts are set as text, each in a direction of its own. */

export interface LineContext {
  ownerId: string;
  /** The reader's own id, where they are signed in. */
  me: string | null;
  currency: string;
  /** Given to the streamer only. */
  onReply: ((to: Person) => void) | null;
}

interface LineProps {
  entry: Entry;
  /** Said by the same person as the line above, in the same manner. */
  isFollowing: boolean;
  context: LineContext;
}

export function Line({ entry, isFollowing, context }: LineProps): VNode {
  return useMemo(() => draw(entry, isFollowing, context), [entry, isFollowing, context]);
}

function draw(entry: Entry, isFollowing: boolean, context: LineContext): VNode {
  switch (entry.kind) {
    case 'message':
      return message(entry, isFollowing, context);
    case 'donate':
      return donation(entry);
    case 'goal':
      return html`<div class="notice goal">
        ${goalIcon()}
        <p>Goal reached: <bdi>${entry.goal.name}</bdi> <strong>${money(entry.goal.sum, context.currency)}</strong></p>
      </div>`;
    case 'sponsor': {
      const { sponsor, total } = entry.sponsorship;
      return html`<div class="notice sponsor">
        ${crownIcon()}
        <p>
          ${sponsor ? html`<bdi>${sponsor.name}</bdi> is the top sponsor with <strong>${money(total, context.currency)}</strong>` : 'There is no top sponsor at the moment'}
        </p>
      </div>`;
    }
    default:
      return entry satisfies never;
  }
}

function message(entry: Extract<Entry, { kind: 'message' }>, isFollowing: boolean, context: LineContext): VNode {
  const { from, text, isPublic, donateId } = entry;
  const isMine = from.uuid === context.me;
  const classes = ['line', isPublic ? '' : 'private', isMine ? 'mine' : '', isFollowing ? 'follows' : ''];
  return html`<article class=${classes.filter(Boolean).join(' ')}>
    <span class="face ${hueOf(from.uuid)}" aria-hidden="true">${[...from.name][0]}</span>
    <header>
      <bdi class="who ${hueOf(from.uuid)}">${from.name}</bdi>
      ${from.uuid === context.ownerId && html`<span class="badge">Streamer</span>`}
      ${donateId && html`<span class="badge gold">with a donation</span>`}
      ${!isPublic && html`<span class="mark">${lockIcon()}${privateWords(context, isMine)}</span>`}
      <time datetime=${entry.createdAt}>${time(entry.createdAt)}</time>
    </header>
    <p dir="auto">${text}</p>
    ${
      context.onReply &&
      !isMine &&
      html`<button class="reply" onClick=${() => context.onReply?.(from)}>
        ${replyIcon()}<span
          >Reply privately<span class="unseen"> to <bdi>${from.name}</bdi></span></span
        >
      </button>`
    }
  </article>`;
}

function privateWords(context: LineContext, isMine: boolean): string {
  if (context.onReply) return isMine ? 'Private answer' : 'Private to you';
  return isMine ? 'Private to the streamer' : 'Private to you';
}

function donation(entry: Extract<Entry, { kind: 'donate' }>): VNode {
  const { from, sum, currency, comment, refunded, createdAt } = entry;
  return html`<article class="gift ${refunded ? 'refunded' : ''}">
    ${giftIcon()}
    <header>
      <p><bdi class="who">${from.name}</bdi> gave <strong class="sum">${money(sum, currency)}</strong></p>
      ${refunded && html`<span class="badge">Given back</span>`}
      <time datetime=${createdAt}>${time(createdAt)}</time>
    </header>
    ${comment && html`<p class="comment" dir="auto">${comment}</p>`}
  </article>`;
}
