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

function Group({ group, readings }: { group: string; readings: readonly Reading[] }): VNode | VNode[] {
  const late = isBehind(readings);
  const now = readings.at(-1)?.behind ?? null;
  return html`<tr class=${late ? 'late' : ''}>
      <th scope="row">${group}</th>
      <td class="number">
        ${now === null ? 'unknown' : count(now, 'record')}<small class="trend"
          >${trendWords(now, trendOf(readings))}</small
        >
      </td>
      <td><${Sparkline} readings=${readings} /></td>
    </tr>
    ${
      late &&
      html`<tr class="consequence">
        <td colspan="3">${consequenceOf(group)}</td>
      </tr>`
    }`;
}

function trendWords(now: number | null, trend: Trend): string {
  if (now === 0) return 'keeps up';
  return { none: '', growing: 'growing', shrinking: 'catching up', still: 'not moving' }[trend];
}

const WIDTH = 120;
const HEIGHT = 28;

/** The words beside it say the same to those who don't see it. */
function Sparkline({ readings }: { readings: readonly Reading[] }): VNode {
  // A few records up and down are no mountains: the scale never ends below ten.
  const highest = Math.max(10, ...readings.map(({ behind }) => behind ?? 0));
  // What the broker didn't say is no point on the line; least of all a nought.
  const points = readings.flatMap(({ behind }, index) => {
    const x = WIDTH - ((readings.length - 1 - index) * WIDTH) / (READINGS_LIMIT - 1);
    return behind === null ? [] : [`${x.toFixed(1)},${(HEIGHT - 2 - (behind / highest) * (HEIGHT - 4)).toFixed(1)}`];
  });
  const foot = (point = '') => `${point.split(',')[0]},${HEIGHT - 2}`;
  return html`<svg class="sparkline" viewBox="0 0 ${WIDTH} ${HEIGHT}" aria-hidden="true" preserveAspectRatio="none">
    <line class="floor" x1="0" x2=${WIDTH} y1=${HEIGHT - 2} y2=${HEIGHT - 2} />
    ${points.length > 1 && html`<polygon points=${[foot(points[0]), ...points, foot(points.at(-1))].join(' ')} /><polyline points=${points.join(' ')} />`}
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
