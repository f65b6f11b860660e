import { useRef, useState } from 'preact/hooks';
import { accountFailureWords, type Deed } from './account-words.ts';
import type { Answer } from './api.ts';
import type { Json } from './frames.ts';
import { nextKey, type Sent } from './intention-key.ts';
import { newKey } from './room-actions.ts';

/** How one form stands: whether it is being sent, and what was wrong with it. */
export interface FormState {
  isSending: boolean;
  /** What went wrong, in words; "" where nothing did. */
  words: string;
  /** The field that it is about, "" for none. */
  field: string;
}

export interface FormDeed extends FormState {
  /** Says what is wrong before anything is sent. @param words "" for nothing */
  complain(words: string, field?: string): void;
  /** @param content what the key stands for @returns the answer's body, or null once it has said what is wrong */
  send(content: unknown, call: (key: string) => Promise<Answer>): Promise<Json | null>;
}

/** Sends a form, once at a time. */
export function useDeed(deed: Deed): FormDeed {
  const [state, setState] = useState<FormState>({ isSending: false, words: '', field: '' });
  const sent = useRef<Sent | null>(null);
  const isSending = useRef(false);
  const complain = (words: string, field = '') => {
    setState({ isSending: false, words, field });
    if (field) focusWrong();
  };
  const send = async (content: unknown, call: (key: string) => Promise<Answer>) => {
    if (isSending.current) return null;
    isSending.current = true;
    setState({ isSending: true, words: '', field: '' });
    sent.current = nextKey(sent.current, content, newKey);
    const answer = await call(sent.current.key);
    isSending.current = false;
    if (answer.ok) sent.current = null;
    if (answer.ok) complain('');
    else complain(accountFailureWords(answer.failure, deed), answer.failure.field);
    return answer.ok ? answer.body : null;
  };
  return { ...state, complain, send };
}

/** The field that is wrong is the next to be filled in. */
function focusWrong(): void {
  requestAnimationFrame(() => document.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
}
