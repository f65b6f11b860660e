import { html } from 'htm/preact';
import type { VNode } from 'preact';

/** Drawn here, so that a page asks nobody else for them; each stands beside its word and is hidden from readers. */

const drawing = (path: string): VNode =>
  html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" fill="none">
    <path d=${path} stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round" />
  </svg>`;

export const lockIcon = () => drawing('M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3M12 14.5v2');
export const giftIcon = () =>
  drawing('M5 12h14v8H5zM4 8h16v4H4zM12 8v12M12 8C10 3 5 3.5 5.5 6 6 8 9 8 12 8M12 8c2-5 7-4.5 6.5-2C18 8 15 8 12 8');
export const crownIcon = () => drawing('M4 8l4.5 4L12 5l3.5 7L20 8l-1.5 10h-13L4 8ZM6 21h12');
export const goalIcon = () => drawing('M6 21V4M6 4.5c4-2.5 7 2 12 0v8.5c-5 2-8-2.5-12 0');
export const sendIcon = () => drawing('M4 12 20 4l-5 16-3.5-6.5L4 12ZM11.5 13.5 20 4');
export const replyIcon = () => drawing('M10 5 4 11l6 6M4.5 11H14a6 6 0 0 1 6 6v2');
export const eyeIcon = () =>
  drawing(
    'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12ZM12 9.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5Z',
  );
export const downIcon = () => drawing('M12 5v14M6 13l6 6 6-6');
export const closeIcon = () => drawing('M6 6l12 12M18 6 6 18');
export const checkIcon = () => drawing('M4.5 12.5 10 18 20 6.5');
export const warningIcon = () => drawing('M12 3.5 22 20.5H2L12 3.5ZM12 10v5M12 17.7v.1');
export const personIcon = () => drawing('M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM4.5 20.5a7.5 7.5 0 0 1 15 0');
export const moreIcon = () => drawing('M5 12h.1M12 12h.1M19 12h.1');
/** The mark of the product: a speaker's platform, its columns, in a speech bubble. */
export const markIcon = () =>
  drawing(
    'M4 3h16a1 1 0 0 1 1 1v13a1 1 0 0 1-1 1h-8l-5 3.5V18H4a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1ZM7 7h10M9 9.8v5M12 9.8v5M15 9.8v5',
  );
