import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';

/** One line that a person fills in, with its label, what it is for, and whether it is right. */

type Input = Event & { currentTarget: HTMLInputElement };

export interface FieldProps {
  id: string;
  label: string;
  value: string;
  onInput: (value: string) => void;
  autocomplete: string;
  hint?: string;
  type?: 'text' | 'tel' | 'email' | 'search';
  placeholder?: string;
  isWrong?: boolean;
}

export function Field(props: FieldProps): VNode {
  const { id, label, value, onInput, autocomplete, hint, type = 'text', placeholder, isWrong = false } = props;
  return html`<label for=${id}>${label}</label>
    <input
      id=${id}
      type=${type}
      value=${value}
      placeholder=${placeholder}
      autocomplete=${autocomplete}
      autocapitalize="none"
      spellcheck="false"
      aria-invalid=${isWrong}
      aria-describedby=${hint ? `${id}-hint` : null}
      onInput=${(event: Input) => onInput(event.currentTarget.value)}
    />
    ${hint && html`<p id="${id}-hint" class="hint">${hint}</p>`}`;
}

type PasswordProps = Pick<FieldProps, 'id' | 'label' | 'value' | 'onInput' | 'hint' | 'isWrong'> & {
  autocomplete: 'current-password' | 'new-password';
};

/** Whoever wants to read what they type may; nothing is typed twice. */
export function PasswordField(props: PasswordProps): VNode {
  const { id, label, value, onInput, autocomplete, hint, isWrong = false } = props;
  const [isShown, setShown] = useState(false);
  return html`<label for=${id}>${label}</label>
    <div class="password">
      <input
        id=${id}
        type=${isShown ? 'text' : 'password'}
        value=${value}
        autocomplete=${autocomplete}
        autocapitalize="none"
        spellcheck="false"
        aria-invalid=${isWrong}
        aria-describedby=${hint ? `${id}-hint` : null}
        onInput=${(event: Input) => onInput(event.currentTarget.value)}
      />
      <button
        type="button"
        class="quiet"
        aria-pressed=${isShown}
        aria-controls=${id}
        onClick=${() => setShown(!isShown)}
      >
        ${isShown ? 'Hide' : 'Show'}<span class="unseen"> the password</span>
      </button>
    </div>
    ${hint && html`<p id="${id}-hint" class="hint">${hint}</p>`}`;
}

/** What went wrong, said as it happens. */
export function Trouble({ words }: { words: string }): VNode {
  return html`<div role="alert">${words && html`<p class="trouble">${words}</p>`}</div>`;
}

/** What went well, said as it happens. */
export function Done({ words }: { words: string }): VNode {
  return html`<div role="status">${words && html`<p class="done">${words}</p>`}</div>`;
}
