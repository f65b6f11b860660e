import { html } from 'htm/preact';
import type { VNode } from 'preact';

interface ToggleProps {
  isOn: boolean;
  onChange: (isOn: boolean) => void;
  label: string;
  hint: string;
}

/** A switch with its label and what its position means. */
export function Toggle({ isOn, onChange, label, hint }: ToggleProps): VNode {
  return html`<label class="toggle">
    <input type="checkbox" role="switch" checked=${isOn} onChange=${() => onChange(!isOn)} />
    <span class="track" aria-hidden="true"></span>
    <span>${label} <small>${hint}</small></span>
  </label>`;
}
