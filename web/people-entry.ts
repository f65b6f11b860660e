import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { ConfirmButton } from './confirm-button.ts';
import { hueOf } from './hue.ts';
import { moreIcon } from './icons.ts';
import { actsFor, needsSecondClick } from './people-acts.ts';
import type { PeopleSession } from './people-session.ts';
import type { Act, Intention, Relation } from './people-state.ts';
import { ACT_LABELS, QUESTIONS, RELATION_WORDS } from './people-words.ts';

/** One person in a list: who they are, what there is between them and oneself, and what can be done about it. */
export interface EntryProps {
  uuid: string;
  name: string;
  /** A line about them. */
  note: string;
  relation: Relation;
  /** Whether the list doesn't say the relation already. */
  saysRelation?: boolean;
  /** What is being done about them, or could not be. */
  intention: Intention | undefined;
  session: PeopleSession;
}

export function Entry(props: EntryProps): VNode {
  const { uuid, name, note, relation, saysRelation = false, intention, session } = props;
  const [isOpen, setOpen] = useState(false);
  const item = useRef<HTMLLIElement>(null);
  const { main, more } = actsFor(relation);
  const isSending = intention?.state === 'sending';
  const act = (one: Act) => void keepFocus(item.current, session.act(one, uuid, name));
  const close = () => {
    setOpen(false);
    item.current?.querySelector<HTMLElement>('[aria-expanded]')?.focus();
  };
  return html`<li class="person" ref=${item}>
    <span class="face ${hueOf(uuid)}" aria-hidden="true">${[...name][0]}</span>
    <div class="person-text">
      <p>
        <bdi class="who ${hueOf(uuid)}">${name}</bdi
        >${saysRelation && RELATION_WORDS[relation] && html` <span class="badge">${RELATION_WORDS[relation]}</span>`}
      </p>
      ${note && html`<p class="note" dir="auto">${note}</p>`}
    </div>
    <div class="acts">
      ${relation === 'friends' && html`<a class="button" href="room/${uuid}" aria-label="Open room: ${name}">Open room</a>`}
      ${main.map(
        (one) =>
          html`<button
            class=${WEIGHTS[one] ?? 'quiet'}
            aria-label="${ACT_LABELS[one]}: ${name}"
            aria-disabled=${isSending}
            onClick=${() => isSending || act(one)}
          >
            ${ACT_LABELS[one]}
          </button>`,
      )}
      ${more.length > 0 && html`<${MoreButton} name=${name} isOpen=${isOpen} onChange=${setOpen} />`}
    </div>
    ${isOpen && more.length > 0 && html`<${More} ...${props} acts=${more} onAct=${act} onClose=${close} />`}
    <${Failed}
      intention=${intention}
      acts=${[...main, ...more]}
      onAgain=${() => void keepFocus(item.current, session.again(uuid))}
    />
  </li>`;
}

/** Somebody waits for the one; the other is one of many in a list of what was found. */
const WEIGHTS: Partial<Record<Act, string>> = { accept: 'strong', request: 'wish' };

interface MoreButtonProps {
  name: string;
  isOpen: boolean;
  onChange: (isOpen: boolean) => void;
}

function MoreButton({ name, isOpen, onChange }: MoreButtonProps): VNode {
  return html`<button
    class="bare"
    aria-label="More about ${name}"
    aria-expanded=${isOpen}
    onClick=${() => onChange(!isOpen)}
  >
    ${moreIcon()}
  </button>`;
}

type MoreProps = EntryProps & { acts: readonly Act[]; onAct: (act: Act) => void; onClose: () => void };

function More({ name, acts, intention, onAct, onClose }: MoreProps): VNode {
  const onKeyDown = (event: KeyboardEvent) => event.key === 'Escape' && onClose();
  const choose = (act: Act) => {
    onClose();
    onAct(act);
  };
  return html`<div class="more" role="group" aria-label="More about ${name}" onKeyDown=${onKeyDown}>
    ${acts.map((act) =>
      needsSecondClick(act)
        ? html`<${ConfirmButton}
            label=${ACT_LABELS[act]}
            question=${QUESTIONS[act]?.(name) ?? ''}
            disabled=${intention?.state === 'sending'}
            onConfirm=${() => choose(act)}
          />`
        : html`<button onClick=${() => choose(act)}>${ACT_LABELS[act]}</button>`,
    )}
  </div>`;
}

interface FailedProps {
  intention: Intention | undefined;
  /** What is still possible: a failure of something else is nobody's concern any more. */
  acts: readonly Act[];
  onAgain: () => void;
}

function Failed({ intention, acts, onAgain }: FailedProps): VNode {
  const isShown = intention?.state === 'failed' && acts.includes(intention.act);
  return html`<div class="failed" role="alert">
    ${isShown && html`<p class="trouble">${intention.words} <button class="link" onClick=${onAgain}>Try again</button></p>`}
  </div>`;
}

/** What was done often takes the button away that did it: the focus goes to its list's heading then, not to nowhere. */
async function keepFocus(item: HTMLElement | null, doing: Promise<void>): Promise<void> {
  const heading = item?.closest('section')?.querySelector<HTMLElement>('h2');
  await doing;
  requestAnimationFrame(() => {
    if (document.activeElement !== document.body && document.activeElement !== null) return;
    // A list that was emptied is gone, and its heading with it; the one of the friends always stands.
    (heading?.isConnected ? heading : document.getElementById('list-friends'))?.focus();
  });
}
