import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { money, percent } from './format.ts';
import type { Goal, Sponsorship } from './frames.ts';
import { goalIcon, crownIcon } from './icons.ts';

/** How the room stands: its goal and its top sponsor, on the room's page and on the overlay. */

export function GoalBar({ goal, currency }: { goal: Goal | null; currency: string }): VNode | null {
  if (!goal) return null;
  const share = percent(goal.sum, goal.requireSum);
  const words = `${money(goal.sum, currency)} of ${money(goal.requireSum, currency)}`;
  return html`<section class="goal-bar ${goal.ended ? 'reached' : ''}" aria-label="Goal">
    <p class="goal-name">
      ${goalIcon()}<bdi>${goal.name}</bdi>${goal.ended && html`<span class="badge gold">Reached</span>`}
    </p>
    <div
      class="bar"
      role="progressbar"
      aria-label=${`Goal: ${goal.name}`}
      aria-valuemin="0"
      aria-valuemax="100"
      aria-valuenow=${share}
      aria-valuetext=${words}
    >
      <div style=${{ width: `${share}%` }}></div>
    </div>
    <p class="goal-sum"><strong>${money(goal.sum, currency)}</strong> of ${money(goal.requireSum, currency)}</p>
  </section>`;
}

export function SponsorLine({
  sponsorship,
  currency,
}: {
  sponsorship: Sponsorship | null;
  currency: string;
}): VNode | null {
  if (!sponsorship?.sponsor) return null;
  return html`<section class="sponsor-line" aria-label="Top sponsor">
    ${crownIcon()}
    <p><span class="label">Top sponsor</span> <bdi class="sponsor-name">${sponsorship.sponsor.name}</bdi></p>
    <strong>${money(sponsorship.total, currency)}</strong>
  </section>`;
}
