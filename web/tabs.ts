import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';

interface TabsProps<Name extends string> {
  label: string;
  titles: Readonly<Record<Name, string>>;
  current: Name;
  onChange: (name: Name) => void;
}

/** Tabs as the keyboard knows them: one is reached by Tab, the others by the arrows. What they show is `tab-panel`. */
export function Tabs<Name extends string>({ label, titles, current, onChange }: TabsProps<Name>): VNode {
  const names = Object.keys(titles) as Name[];
  const list = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = names[(names.indexOf(current) + step + names.length) % names.length] ?? current;
    onChange(next);
    list.current?.querySelector<HTMLElement>(`#tab-${next}`)?.focus();
  };
  return html`<div class="tabs" role="tablist" aria-label=${label} ref=${list} onKeyDown=${onKeyDown}>
    ${names.map(
      (name) =>
        html`<button
          type="button"
          role="tab"
          id="tab-${name}"
          aria-selected=${name === current}
          aria-controls="tab-panel"
          tabindex=${name === current ? 0 : -1}
          onClick=${() => onChange(name)}
        >
          ${titles[name]}
        </button>`,
    )}
  </div>`;
}
