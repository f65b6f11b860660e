import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';

interface ConfirmButtonProps {
  label: VNode | string;
  /** What the second click does, as a question. */
  question: string;
  onConfirm: () => void;
  disabled?: boolean;
}

/** A button that asks before it does: the second click does it, and leaving it takes the question back. */
export function ConfirmButton({ label, question, onConfirm, disabled = false }: ConfirmButtonProps): VNode {
  const [isAsking, setAsking] = useState(false);
  const onClick = () => {
    if (isAsking) onConfirm();
    setAsking(!isAsking);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || !isAsking) return;
    event.stopPropagation();
    setAsking(false);
  };
  return html`<button
      type="button"
      class="danger ${isAsking ? 'asking' : ''}"
      disabled=${disabled}
      onClick=${onClick}
      onBlur=${() => setAsking(false)}
      onKeyDown=${onKeyDown}
    >
      ${isAsking ? question : label}
    </button>
    <span class="unseen" role="status">${isAsking && `${question} Press once more.`}</span>`;
}
