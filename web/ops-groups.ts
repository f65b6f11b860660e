import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { count } from './format.ts';
import type { Status } from './ops-answers.ts';
import { consequenceOf, isBehind, trendOf, type Trend } from './ops-headline.ts';
import { READINGS_LIMIT, type Reading } from './ops-state.ts';

/** Whether the consumer groups keep up, and whether what the ingress needs can be used. */

export function Groups({ readings }: { readings: Readonly<Record<string, readonly Reading[]>> }): VNode {
  return html`<section class="panel" aria-labelledby="groups-title">
    <h2 id="groups-title">Consumer groups</h2>
    <table class="groups">
      <thead>
        <tr>
          <th scope="col">Group</th>
          <th scope="col" class="number">Behind</th>
          <th scope="col">Last 3 minutes</th>
        </tr>
      </thead>
      <tbody>
        ${Object.entries(readings).map(([group, one]) => html`<${Group} key=${group} group=${group} readings=${one} />`)}
      </tbody>
    </table>
  </section>`;
}

function Group({ group, readings }: { group: string; readings: readonly Reading[] }): VNode {
  const late = isBehind(readings);
  const now = readings.at(-1)?.behind ?? null;
  return html`<tr class=${late ? 'late' : ''}>
    <th scope="row">${group} ${late && html`<p class="consequence">${consequenceOf(group)}</p>`}</th>
    <td class="number">${now === null ? 'unknown' : count(now, 'record')}</td>
    <td><${Sparkline} readings=${readings} /><span class="trend">${trendWords(now, trendOf(readings))}</span></td>
  </tr>`;
}

function trendWords(now: number | null, trend: Trend): string {
  if (now === 0) return 'keeps up';
  return { none: '', growing: 'growing', shrinking: 'catching up', still: 'not moving' }[trend];
}

const WIDTH = 120;
const HEIGHT = 28;

/** The words beside it say the same to those who don't see it. */
function Sparkline({ readings }: { readings: readonly Reading[] }): VNode {
  const known = readings.map(({ behind }) => behind ?? 0);
  // A few records up and down are no mountains: the scale never ends below ten.
  const highest = Math.max(10, ...known);
  const points = known.map((behind, index) => {
    const x = WIDTH - ((known.length - 1 - index) * WIDTH) / (READINGS_LIMIT - 1);
    return `${x.toFixed(1)},${(HEIGHT - 2 - (behind / highest) * (HEIGHT - 4)).toFixed(1)}`;
  });
  const [first = ''] = points;
  return html`<svg class="sparkline" viewBox="0 0 ${WIDTH} ${HEIGHT}" aria-hidden="true" preserveAspectRatio="none">
    <line class="floor" x1="0" x2=${WIDTH} y1=${HEIGHT - 2} y2=${HEIGHT - 2} />
    <polygon points="${first.split(',')[0]},${HEIGHT - 2} ${points.join(' ')} ${WIDTH},${HEIGHT - 2}" />
    <polyline points=${points.join(' ')} />
  </svg>`;
}

export function Dependencies({ status: { isReady, checks } }: { status: Status }): VNode {
  return html`<section class="panel" aria-labelledby="dependencies-title">
    <h2 id="dependencies-title">Ingress</h2>
    <p class="readiness ${isReady ? 'good' : 'bad'}">
      <span class="dot" aria-hidden="true"></span
      >${isReady ? 'Ready: it takes requests' : 'Not ready: posts answer 503'}
    </p>
    <ul class="checks">
      ${Object.entries(checks).map(
        ([name, words]) =>
          html`<li key=${name} class=${words === 'ok' ? 'good' : 'bad'}>
            <strong>${name}</strong> ${words === 'ok' ? 'can be used' : words}
          </li>`,
      )}
    </ul>
  </section>`;
}
